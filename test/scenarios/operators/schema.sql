CREATE SCHEMA operators;
SET search_path = operators, public;
CREATE TYPE version AS (major int, minor int);
CREATE FUNCTION version_cmp(version, version) RETURNS int LANGUAGE sql IMMUTABLE AS
  'SELECT CASE WHEN ($1).major <> ($2).major THEN ($1).major - ($2).major ELSE ($1).minor - ($2).minor END';
CREATE FUNCTION version_lt(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT operators.version_cmp($1, $2) < 0';
CREATE FUNCTION version_le(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT operators.version_cmp($1, $2) <= 0';
CREATE FUNCTION version_eq(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT operators.version_cmp($1, $2) = 0';
CREATE FUNCTION version_ge(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT operators.version_cmp($1, $2) >= 0';
CREATE FUNCTION version_gt(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT operators.version_cmp($1, $2) > 0';
CREATE OPERATOR <# (LEFTARG = version, RIGHTARG = version, FUNCTION = version_lt, COMMUTATOR = OPERATOR(operators.>#),
  NEGATOR = OPERATOR(operators.>=#), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR <=# (LEFTARG = version, RIGHTARG = version, FUNCTION = version_le, COMMUTATOR = OPERATOR(operators.>=#),
  NEGATOR = OPERATOR(operators.>#));
CREATE OPERATOR =# (LEFTARG = version, RIGHTARG = version, FUNCTION = version_eq, COMMUTATOR = OPERATOR(operators.=#), MERGES);
CREATE OPERATOR >=# (LEFTARG = version, RIGHTARG = version, FUNCTION = version_ge, COMMUTATOR = OPERATOR(operators.<=#),
  NEGATOR = OPERATOR(operators.<#));
CREATE OPERATOR ># (LEFTARG = version, RIGHTARG = version, FUNCTION = version_gt, COMMUTATOR = OPERATOR(operators.<#),
  NEGATOR = OPERATOR(operators.<=#));
CREATE FUNCTION next_version(version) RETURNS version LANGUAGE sql IMMUTABLE AS
  'SELECT ROW(($1).major, ($1).minor + 1)::operators.version';
CREATE OPERATOR @#@ (RIGHTARG = version, FUNCTION = next_version);
COMMENT ON OPERATOR @#@ (NONE, version) IS 'the next one';
CREATE OPERATOR FAMILY version_family USING btree;
CREATE OPERATOR CLASS version_ops DEFAULT FOR TYPE version USING btree FAMILY version_family AS
  OPERATOR 1 <#, OPERATOR 2 <=#, OPERATOR 3 =#, OPERATOR 4 >=#, OPERATOR 5 >#, FUNCTION 1 version_cmp(version, version);
COMMENT ON OPERATOR CLASS version_ops USING btree IS 'major before minor';
CREATE FUNCTION version_hash(version) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ($1).major * 31 + ($1).minor';
CREATE OPERATOR CLASS version_hash_ops FOR TYPE version USING hash AS OPERATOR 1 =#, FUNCTION 1 version_hash(version);
CREATE OPERATOR FAMILY mixed USING btree;
CREATE OPERATOR CLASS small_ops FOR TYPE smallint USING btree FAMILY mixed AS
  OPERATOR 1 <(int2, int2), OPERATOR 3 =(int2, int2), FUNCTION 1 btint2cmp(int2, int2);
ALTER OPERATOR FAMILY mixed USING btree ADD
  OPERATOR 1 <(int2, int4), OPERATOR 3 =(int2, int4), FUNCTION 1 btint24cmp(int2, int4);
COMMENT ON OPERATOR FAMILY mixed USING btree IS 'two widths';
CREATE TABLE release (v version NOT NULL, name text, EXCLUDE USING btree (v WITH =#));
CREATE INDEX release_order ON release USING btree (v version_ops DESC);
CREATE INDEX release_hash ON release USING hash (v version_hash_ops);
