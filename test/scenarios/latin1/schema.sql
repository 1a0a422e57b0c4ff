CREATE SCHEMA latin1;
CREATE TABLE latin1."größe" (id int PRIMARY KEY, "straße" text DEFAULT 'ä', CHECK ("straße" <> 'ß'));
COMMENT ON TABLE latin1."größe" IS 'wie groß?';
CREATE FUNCTION latin1.f() RETURNS text LANGUAGE sql AS $$ SELECT 'é' $$;
