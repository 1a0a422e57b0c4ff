CREATE SCHEMA function_bodies;
SET search_path = function_bodies, public;
CREATE TABLE victim (id int);
CREATE FUNCTION imitates() RETURNS text LANGUAGE plpgsql AS $fn$
BEGIN
  /*
\restrict abc
\unrestrict abc
\connect other
--
-- Name: victim; Type: TABLE; Schema: function_bodies; Owner: postgres
--

DROP TABLE function_bodies.victim;
\.
COPY function_bodies.victim (id) FROM stdin;
1
\.
  */
  RETURN $$ ; $$ || 'x;' || $a$ $b$ $fn $a$;
END $fn$;
CREATE FUNCTION returns_with_cr() RETURNS text LANGUAGE sql AS E'SELECT ''a\r\nb'' -- c\r\n';
CREATE FUNCTION unbalanced() RETURNS text LANGUAGE plpgsql AS $x$ BEGIN RETURN 'it''s ( [ { " ; /* not open'; END $x$;
CREATE FUNCTION nested_comment() RETURNS int LANGUAGE sql AS 'SELECT /* a /* b; */ c ''$$'' */ 1';
CREATE FUNCTION quoted() RETURNS text LANGUAGE sql AS $_$ SELECT $a1$x$a1$ || $__$ $ $$ $__$ $_$;
CREATE FUNCTION empty_body() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION backslashes() RETURNS text LANGUAGE sql AS $$ SELECT E'\\\'; --' || '\' $$;
COMMENT ON FUNCTION imitates() IS $c$
--
-- Name: victim; Type: TABLE; Schema: function_bodies; Owner: postgres
--

DROP TABLE function_bodies.victim;
\restrict x
$c$;
CREATE VIEW v AS SELECT E'\n--\n-- Name: victim; Type: TABLE; Schema: function_bodies; Owner: x\n--\n\nDROP TABLE function_bodies.victim;\n\\unrestrict y\n'::text AS "x; Type: INDEX";
CREATE TABLE defaults (a text DEFAULT E'\n\\restrict z\n', b text DEFAULT '; DROP TABLE function_bodies.victim; --', CHECK (a <> E'\n\\.\n'));
