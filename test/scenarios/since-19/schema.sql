CREATE SCHEMA since_19;
SET search_path = since_19, public;
CREATE TABLE t (id int PRIMARY KEY, at date NOT NULL, c text, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL)
  WITH (autovacuum_parallel_workers = 2, fillfactor = 70, toast.autovacuum_enabled = false);
CREATE TABLE lone (id int) WITH (autovacuum_parallel_workers = 3);
CREATE TABLE numbered (a oid8 PRIMARY KEY, b regdatabase, p inet);
CREATE INDEX numbered_p ON numbered USING gist (p);
CREATE TABLE paths (id int, j jsonpath);
CREATE TABLE paths_by_default (j jsonpath DEFAULT '$.name.lower()');
CREATE TABLE checked (a int CONSTRAINT positive CHECK (a > 0));
ALTER TABLE checked ALTER CONSTRAINT positive NOT ENFORCED;
CREATE STATISTICS on_virtual (dependencies) ON twice, c FROM t;
CREATE VIEW filled AS SELECT id, first_value(c) IGNORE NULLS OVER (ORDER BY id) AS c FROM t;
CREATE VIEW places AS SELECT id, tid_block(ctid) AS block FROM t;
CREATE VIEW over_filled AS SELECT count(c) AS n FROM filled;
CREATE FUNCTION get_or_make(wanted int) RETURNS SETOF t BEGIN ATOMIC
  INSERT INTO t (id, at) VALUES (wanted, '2026-01-01') ON CONFLICT (id) DO SELECT RETURNING *;
END;
CREATE FUNCTION "no path"() RETURNS int LANGUAGE sql SET search_path TO NULL AS 'SELECT 1 -- SET search_path TO ';
CREATE PROCEDURE no_libraries() LANGUAGE sql
  SET work_mem TO '1MB' SET local_preload_libraries TO NULL SET search_path TO '' AS $$ SELECT 1 /*
    SET search_path TO 
    */ $$;
CREATE FUNCTION planner_support(internal) RETURNS internal LANGUAGE internal AS 'generate_series_int4_support';
CREATE AGGREGATE supported (int) (SFUNC = int4pl, STYPE = int, SUPPORT = planner_support, PARALLEL = safe);
CREATE AGGREGATE unsupported (int) (SFUNC = int4pl, STYPE = int);
COMMENT ON AGGREGATE supported (int) IS 'with a support function';
ALTER AGGREGATE supported (int) OWNER TO since_19_keeper;
CREATE TEXT SEARCH CONFIGURATION po_polsku (COPY = pg_catalog.polish);
CREATE TEXT SEARCH DICTIONARY esperanto (TEMPLATE = snowball, LANGUAGE = 'esperanto');
