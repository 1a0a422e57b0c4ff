CREATE SCHEMA routines;
SET search_path = routines, public;
CREATE TABLE t (a int PRIMARY KEY, b text);
CREATE FUNCTION total(id bigint, VARIADIC currencies text[] DEFAULT '{EUR}') RETURNS numeric LANGUAGE sql STABLE STRICT PARALLEL SAFE
  SECURITY DEFINER COST 50 SET search_path = routines, pg_temp SET work_mem = '5MB' AS $$ SELECT 1::numeric $$;
CREATE FUNCTION total(name text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE LEAKPROOF PARALLEL RESTRICTED AS 'BEGIN RETURN 2; END';
CREATE FUNCTION pairs(INOUT a int, OUT b text) LANGUAGE sql AS 'SELECT 1, ''x''::text';
CREATE FUNCTION listed(wanted int, "Odd ""Name""" text DEFAULT $d$a;'b$d$) RETURNS TABLE (id int, "select" text) LANGUAGE plpgsql ROWS 5
  AS 'BEGIN RETURN QUERY SELECT 1, ''x''; END';
CREATE FUNCTION atomic(n int DEFAULT (CASE WHEN true THEN 1 END)) RETURNS int LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE WHEN n > 0 THEN CASE n WHEN 1 THEN 2 ELSE 3 END ELSE 4 END;
  SELECT n AS "end";
END;
CREATE FUNCTION by_key() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT t.b FROM t GROUP BY t.a; END;
CREATE FUNCTION one_line(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE RETURN a + b;
CREATE PROCEDURE act(INOUT x int, y text DEFAULT NULL) LANGUAGE plpgsql SECURITY DEFINER SET statement_timeout = '1s' AS 'BEGIN x := 1; END';
CREATE PROCEDURE out_only(OUT answer int) LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (1, 'x'); SELECT 42; END;
CREATE FUNCTION row_number_too() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION any_of(anycompatible, anycompatiblearray) RETURNS boolean LANGUAGE sql AS 'SELECT $1 = ANY ($2)';
CREATE FUNCTION unnamed(int, text, VARIADIC "any") RETURNS int LANGUAGE internal AS 'pg_num_nonnulls';
COMMENT ON FUNCTION total(text) IS 'of one';
COMMENT ON PROCEDURE act(int, text) IS 'acts';
COMMENT ON ROUTINE pairs(int) IS 'two';
CREATE TABLE uses (a int DEFAULT one_line(1), b int GENERATED ALWAYS AS (one_line(a, 3)) STORED, CHECK (one_line(a) > 0));
CREATE INDEX uses_index ON uses (one_line(a));
