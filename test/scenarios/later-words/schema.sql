CREATE SCHEMA later_words;
SET search_path = later_words;
CREATE TABLE entry (
  id int PRIMARY KEY,
  "system_user" text NOT NULL DEFAULT 'nobody' CHECK ("system_user" <> ''),
  "json" json DEFAULT json_build_object('none', true),
  "json_value" text GENERATED ALWAYS AS (upper("system_user")) STORED,
  "merge_action" text,
  CONSTRAINT "json_table" CHECK ("json_value" <> '' OR "merge_action" IS NULL)
);
CREATE INDEX by_user ON entry (lower("system_user")) WHERE "system_user" <> 'nobody';
CREATE FUNCTION of_json("json" json, "jsonb" jsonb DEFAULT '{}') RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION same(json, INOUT "json" text, OUT "json_object" int) LANGUAGE sql AS 'SELECT $2, 1';
CREATE FUNCTION rows_of("json_query" text) RETURNS TABLE ("json" json, "json_scalar" text) LANGUAGE sql AS $$SELECT json('{}'), $1$$;
CREATE FUNCTION "json_exists"("system_user" text) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT $1 IS NOT NULL';
CREATE PROCEDURE write("json" json, "merge_action" text) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION add_json(text, "json" text) RETURNS text LANGUAGE sql AS 'SELECT $1 || $2';
CREATE AGGREGATE all_json("json" text) (sfunc = add_json, stype = text, initcond = '');
COMMENT ON FUNCTION of_json(json, jsonb) IS 'json json stays as it is, and so does system_user';
REVOKE ALL ON FUNCTION of_json(json, jsonb) FROM PUBLIC;
ALTER TABLE entry ADD CHECK (of_json("json" => "json", "jsonb" => '{"json": 1}') IS NOT NULL OR "json" IS NULL);
CREATE VIEW users AS
  SELECT "system_user", "json" AS "json_array", of_json("json" => "json") AS "json_object", json_object(ARRAY['a', "system_user"]) AS made
    FROM entry WHERE "json_exists"("system_user" => "system_user");
CREATE POLICY own ON entry USING ("system_user" = CURRENT_USER);
