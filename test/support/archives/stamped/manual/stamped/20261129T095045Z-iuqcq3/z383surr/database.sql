-- Settings, owner, grants and comment of the database stamped, for the database one is connected to.
-- Encoding and locale are given when a database is created, as the source was:
-- CREATE DATABASE "stamped" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';

DO $lifeboat$
BEGIN
  EXECUTE 'ALTER DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()) || ' OWNER TO "postgres"';
EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_parameter_value THEN
  RAISE WARNING '%: %', 'database', SQLERRM;
END
$lifeboat$;
