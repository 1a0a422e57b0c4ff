CREATE SCHEMA "awkward; Type: VIEW; Schema: z; Owner: q";
SET search_path = "awkward; Type: VIEW; Schema: z; Owner: q";
CREATE TABLE "x; Type: INDEX; Schema: public; Owner: postgres" ("x; Type: INDEX" int PRIMARY KEY);
CREATE TABLE "two
--
-- Name: y; Type: TABLE; Schema: s; Owner: o
--
" ("two
lines" int CONSTRAINT "che;ck
--" CHECK ("two
lines" > 0));
CREATE TABLE "quote""d 'and' $$dollar$$ /* open" ("a""b" text, "c'd" text, "\restrict no" text, "$1" int, "%s" int);
CREATE INDEX "in;dex ""x""" ON "quote""d 'and' $$dollar$$ /* open" ("a""b", ("c'd" || ';'));
CREATE TABLE "begin atomic" ("select" int, "FROM" int, "end" int, "Ünï–表" text);
CREATE VIEW "\restrict no" AS SELECT "select" AS "from", "Ünï–表" AS ";" FROM "begin atomic";
CREATE TABLE "stdin" ("COPY" text);
CREATE TABLE "a.b" ("c.d" text);
CREATE TABLE "sixty-three bytes long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" (" " text, "	" text);
CREATE SEQUENCE "se'q;" START 5;
CREATE TYPE "ty pe" AS ENUM ('a');
CREATE FUNCTION "fn; ()"("arg; x" int) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON COLUMN "begin atomic"."end" IS 'END;';
ALTER TABLE "a.b" OWNER TO "awkward; Type: INDEX; Schema: s; Owner: o";
GRANT SELECT ON "stdin" TO "awkward; Type: INDEX; Schema: s; Owner: o";
