CREATE SCHEMA database_settings;
CREATE TABLE database_settings.t (a money, b timestamptz, c interval, d bytea, e float8, f text, g regclass, x xml, r real[]);
ALTER TABLE database_settings.t OWNER TO database_settings_app;
INSERT INTO database_settings.t VALUES ('$1,234.56', '2026-11-20 12:34:56.789+05', '1 year -2 mons +3 days -04:05:06.7', '\x00ff5c', 0.1, E'back\\slash ''q''', 'database_settings.t', '<a>&lt;</a>', '{1.1,NULL,-0}');
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET datestyle = ''SQL, DMY''', current_database());
  EXECUTE format('ALTER DATABASE %I SET intervalstyle = ''sql_standard''', current_database());
  EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database());
  EXECUTE format('ALTER DATABASE %I SET extra_float_digits = -3', current_database());
  -- From 19 on they always conform.
  IF current_setting('server_version_num')::int < 190000 THEN
    EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database());
  END IF;
  EXECUTE format('ALTER DATABASE %I SET search_path = database_settings, nowhere', current_database());
  EXECUTE format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database());
  EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Kathmandu''', current_database());
  EXECUTE format('ALTER DATABASE %I SET row_security = on', current_database());
  EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''20s''', current_database());
  EXECUTE format('ALTER ROLE database_settings_app IN DATABASE %I SET work_mem = ''9MB''', current_database());
  EXECUTE format('COMMENT ON DATABASE %I IS ''the; database''', current_database());
END $$;
