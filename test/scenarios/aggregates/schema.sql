CREATE SCHEMA aggregates;
SET search_path = aggregates, public;
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE);
CREATE AGGREGATE moving(float8) (SFUNC = float8pl, STYPE = float8, MSFUNC = float8pl, MINVFUNC = float8mi, MSTYPE = float8, MINITCOND = '0');
CREATE FUNCTION gather(anyarray, anyelement) RETURNS anyarray LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE AGGREGATE collected(anyelement) (SFUNC = gather, STYPE = anyarray, INITCOND = '{}');
CREATE AGGREGATE middle(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal,
  FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE AGGREGATE place(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal,
  FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE AGGREGATE lowest(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);
CREATE AGGREGATE everything(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
COMMENT ON AGGREGATE everything(*) IS 'all; of it';
CREATE TABLE v AS SELECT g AS n FROM generate_series(1, 100) g;
CREATE VIEW summary AS SELECT total(n) AS t, lowest(n) AS l, everything(*) AS e, middle(0.5) WITHIN GROUP (ORDER BY n) AS m,
  place(50) WITHIN GROUP (ORDER BY n) AS p, array_length(collected(n), 1) AS c FROM v;
CREATE MATERIALIZED VIEW kept AS SELECT * FROM summary;
