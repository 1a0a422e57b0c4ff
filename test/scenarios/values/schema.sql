CREATE SCHEMA "values";
SET search_path = "values", public;
CREATE TYPE pair AS (a int, b text);
CREATE TABLE v (id int, b boolean, i2 smallint, i8 bigint, n numeric, r real, d float8, m money, t text, vc varchar(20), c char(5), n1 name, ch "char", by bytea,
  ts timestamp, tz timestamptz, da date, ti time, tt timetz, iv interval, u uuid, j json, jb jsonb, x xml, ia int[], ta text[][], p point, l line, ls lseg, bx box,
  pa path, po polygon, ci circle, ip inet, cd cidr, ma macaddr, m8 macaddr8, bi bit(5), vb bit varying, ir int4range, mr int4multirange, tr tstzrange,
  co pair, tv tsvector, tq tsquery, o oid, rc regclass, rt regtype, lsn pg_lsn, xd xid8, jp jsonpath);
CREATE TABLE odd_arrays (a int[], b text[], c pair[]);
