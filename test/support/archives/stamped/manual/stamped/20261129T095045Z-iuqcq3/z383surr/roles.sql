-- Roles that the database names, with those who are members of them and those they are members of.
-- Passwords are not kept: set them with ALTER ROLE … PASSWORD, or with \password in psql.

-- Role postgres
DO $lifeboat$
BEGIN
IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'postgres') THEN
  RAISE NOTICE 'role % exists and keeps its attributes', 'postgres';
ELSE
  CREATE ROLE "postgres" WITH LOGIN INHERIT CREATEROLE;
  BEGIN
  ALTER ROLE "postgres" WITH CREATEDB;
EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_parameter_value THEN
  RAISE WARNING '%: %', 'role postgres', SQLERRM;
END;
  BEGIN
  ALTER ROLE "postgres" WITH REPLICATION;
EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_parameter_value THEN
  RAISE WARNING '%: %', 'role postgres', SQLERRM;
END;
  BEGIN
  ALTER ROLE "postgres" WITH BYPASSRLS;
EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_parameter_value THEN
  RAISE WARNING '%: %', 'role postgres', SQLERRM;
END;
  BEGIN
  ALTER ROLE "postgres" WITH SUPERUSER;
EXCEPTION WHEN insufficient_privilege OR undefined_object OR invalid_parameter_value THEN
  RAISE WARNING '%: %', 'role postgres', SQLERRM;
END;
END IF;
END
$lifeboat$;
