import type { FakeExtension } from './binaries-with-extensions.ts';

export const RDS_EXTENSIONS: Readonly<Record<string, FakeExtension>> = {
  aws_commons: {
    sql: `CREATE SCHEMA aws_commons; CREATE TYPE aws_commons._s3_uri_1 AS (bucket text, file_path text, region text);`,
  },
  aws_s3: {
    control: "requires = 'aws_commons'",
    sql: `CREATE SCHEMA aws_s3; CREATE FUNCTION aws_s3.table_import_from_s3(name text) RETURNS text LANGUAGE sql AS 'SELECT name';`,
  },
};

/** A database as RDS sets it up; the backup role is the master user, `project`, who is no superuser and has no BYPASSRLS. */
export const RDS_PROJECT = `
CREATE ROLE rdsadmin SUPERUSER LOGIN; CREATE ROLE rds_superuser NOLOGIN; CREATE ROLE rds_replication NOLOGIN; CREATE ROLE rds_iam NOLOGIN;
GRANT pg_monitor, pg_signal_backend, rds_replication TO rds_superuser WITH ADMIN OPTION;
CREATE ROLE project LOGIN PASSWORD 'secret' CREATEDB CREATEROLE; GRANT rds_superuser TO project;
CREATE ROLE app LOGIN; GRANT rds_iam TO app;
ALTER DATABASE postgres OWNER TO project; GRANT ALL ON SCHEMA public TO project, app;
ALTER ROLE project SET statement_timeout = '2min';
GRANT CREATE ON TABLESPACE fast TO project;
SET SESSION AUTHORIZATION rdsadmin;
CREATE EXTENSION aws_s3 CASCADE; CREATE EXTENSION pg_trgm;
GRANT USAGE ON SCHEMA aws_commons, aws_s3 TO project;
CREATE FUNCTION public.rds_watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER rds_watch ON ddl_command_end EXECUTE FUNCTION public.rds_watch();
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO rds_superuser;
SET SESSION AUTHORIZATION project;
CREATE TABLE public.customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text) TABLESPACE fast;
INSERT INTO public.customers (name) SELECT 'c' || g FROM generate_series(1, 200) g;
CREATE INDEX customers_name ON public.customers USING gin (name public.gin_trgm_ops);
ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own profile" ON public.customers USING (name = current_user);
CREATE TABLE public.imports (id int, source aws_commons._s3_uri_1); INSERT INTO public.imports VALUES (1, '(b,f,r)');
CREATE VIEW public.import_ids AS SELECT id FROM public.imports;
GRANT SELECT ON public.customers TO app;
SET SESSION AUTHORIZATION app;
CREATE TABLE public.events (id bigserial, customer int, at timestamptz DEFAULT now()); INSERT INTO public.events (customer) VALUES (1), (2);
GRANT SELECT ON public.events TO project; GRANT SELECT ON SEQUENCE public.events_id_seq TO project;
RESET SESSION AUTHORIZATION;
`;
