import type { FakeExtension } from './binaries-with-extensions.ts';

/** What Supabase installs and the embedded target has not. */
export const SUPABASE_EXTENSIONS: Readonly<Record<string, FakeExtension>> = {
  pg_graphql: {
    control: "schema = 'graphql'",
    sql: `CREATE FUNCTION resolve(query text) RETURNS jsonb LANGUAGE sql AS 'SELECT null::jsonb';`,
  },
  pg_net: {
    control: 'relocatable = false',
    sql: `CREATE SCHEMA net;
      CREATE TABLE net._http_response (id bigint, content text);
      CREATE FUNCTION net.http_post(url text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';`,
  },
  pg_cron: {
    control: "schema = 'pg_catalog'\nrelocatable = false",
    sql: `CREATE SCHEMA cron;
      CREATE TABLE cron.job (jobid bigint PRIMARY KEY, schedule text, command text, username text DEFAULT current_user);
      SELECT pg_catalog.pg_extension_config_dump('cron.job', '');`,
  },
  pgsodium: {
    control: "schema = 'pgsodium'",
    sql: `CREATE TABLE key (id uuid PRIMARY KEY, raw bytea);
      SELECT pg_catalog.pg_extension_config_dump('key', '');`,
  },
  supabase_vault: {
    control: "schema = 'vault'\nrequires = 'pgsodium'",
    sql: `CREATE TABLE secrets (id uuid PRIMARY KEY, secret text NOT NULL);
      SELECT pg_catalog.pg_extension_config_dump('secrets', '');`,
  },
};

/**
 * A project as Supabase sets it up, with a small application in it. Run by a superuser; the backup role is `project`, with
 * what Supabase gives `postgres`: no superuser, a statement time-out, no look at the vault.
 */
export const SUPABASE_PROJECT = `
CREATE ROLE supabase_admin SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS LOGIN;
CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN; CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE authenticator LOGIN NOINHERIT; GRANT anon, authenticated, service_role TO authenticator;
CREATE ROLE supabase_auth_admin LOGIN NOINHERIT CREATEROLE;
CREATE ROLE supabase_storage_admin LOGIN NOINHERIT CREATEROLE;
CREATE ROLE supabase_functions_admin LOGIN NOINHERIT; CREATE ROLE supabase_realtime_admin; CREATE ROLE dashboard_user;
CREATE ROLE pgbouncer LOGIN; CREATE ROLE supabase_replication_admin LOGIN REPLICATION;
ALTER ROLE anon SET statement_timeout = '3s'; ALTER ROLE authenticator SET session_preload_libraries = 'safeupdate';
CREATE ROLE project LOGIN PASSWORD 'secret' CREATEROLE CREATEDB BYPASSRLS;
GRANT anon, authenticated, service_role TO project WITH ADMIN OPTION;
GRANT supabase_admin TO supabase_replication_admin;
ALTER ROLE project SET statement_timeout = '2min'; ALTER ROLE project SET search_path = "$user", public, extensions;
ALTER DATABASE postgres OWNER TO project; GRANT ALL ON SCHEMA public TO project;
GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;

SET SESSION AUTHORIZATION supabase_admin;
CREATE SCHEMA extensions; CREATE SCHEMA auth; CREATE SCHEMA storage; CREATE SCHEMA realtime; CREATE SCHEMA graphql;
CREATE SCHEMA graphql_public; CREATE SCHEMA pgbouncer; CREATE SCHEMA supabase_functions; CREATE SCHEMA vault; CREATE SCHEMA pgsodium;
CREATE EXTENSION pg_graphql SCHEMA graphql; CREATE EXTENSION pg_net SCHEMA extensions; CREATE EXTENSION pgsodium;
CREATE EXTENSION supabase_vault; CREATE EXTENSION pgcrypto SCHEMA extensions; CREATE EXTENSION pg_cron; CREATE EXTENSION citext SCHEMA extensions;
INSERT INTO vault.secrets VALUES ('00000000-0000-0000-0000-000000000001', 'ciphertext');
INSERT INTO pgsodium.key VALUES ('00000000-0000-0000-0000-000000000002', '\\x00');
INSERT INTO cron.job VALUES (1, '0 3 * * *', 'SELECT 1', 'project');
GRANT USAGE ON SCHEMA extensions, auth, storage, cron, net TO project;
GRANT SELECT ON cron.job TO project;

CREATE FUNCTION extensions.grant_pg_net_access() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION extensions.pgrst_ddl_watch() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN NOTIFY pgrst, 'reload schema'; END$$;
CREATE EVENT TRIGGER issue_pg_net_access ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION extensions.grant_pg_net_access();
CREATE EVENT TRIGGER pgrst_ddl_watch ON ddl_command_end EXECUTE FUNCTION extensions.pgrst_ddl_watch();
COMMENT ON EVENT TRIGGER pgrst_ddl_watch IS 'the host''s';

CREATE TABLE realtime.messages (id bigint, topic text, inserted_at timestamp NOT NULL) PARTITION BY RANGE (inserted_at);
CREATE TABLE realtime.messages_2026 PARTITION OF realtime.messages FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE realtime.subscription (id bigint GENERATED ALWAYS AS IDENTITY, entity regclass);
CREATE TYPE realtime.action AS ENUM ('INSERT', 'DELETE');
CREATE FUNCTION pgbouncer.get_auth(name text) RETURNS TABLE (username text, password text) LANGUAGE sql SECURITY DEFINER
  AS 'SELECT usename::text, passwd::text FROM pg_catalog.pg_shadow WHERE usename = name';
CREATE TABLE supabase_functions.hooks (id bigserial PRIMARY KEY, hook_name text);
CREATE FUNCTION supabase_functions.http_request() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
GRANT USAGE ON SCHEMA supabase_functions TO project; GRANT EXECUTE ON FUNCTION supabase_functions.http_request() TO project;
CREATE FUNCTION graphql_public.graphql(query text) RETURNS jsonb LANGUAGE sql AS 'SELECT graphql.resolve(query)';
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA auth GRANT ALL ON TABLES TO dashboard_user;
GRANT CREATE, USAGE ON SCHEMA auth TO supabase_auth_admin; GRANT CREATE, USAGE ON SCHEMA storage TO supabase_storage_admin;
GRANT USAGE ON SCHEMA auth, storage TO anon, authenticated, service_role; GRANT USAGE ON SCHEMA auth TO supabase_storage_admin;

SET SESSION AUTHORIZATION supabase_auth_admin;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255), encrypted_password text, confirmed_at timestamptz);
CREATE TABLE auth.refresh_tokens (id bigserial PRIMARY KEY, token text, user_id uuid REFERENCES auth.users ON DELETE CASCADE);
ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY; ALTER TABLE auth.refresh_tokens ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
  AS $$SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid$$;
INSERT INTO auth.users SELECT ('00000000-0000-0000-0000-' || lpad(g::text, 12, '0'))::uuid, 'u' || g || '@example.org', 'x', now() FROM generate_series(1, 100) g;
INSERT INTO auth.refresh_tokens (token, user_id) SELECT 't', id FROM auth.users;
GRANT SELECT, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA auth TO project; GRANT SELECT ON ALL SEQUENCES IN SCHEMA auth TO project;
SET SESSION AUTHORIZATION supabase_storage_admin;
CREATE TABLE storage.buckets (id text PRIMARY KEY, name text NOT NULL, public boolean DEFAULT false);
CREATE TABLE storage.objects (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), bucket_id text REFERENCES storage.buckets, name text, owner uuid);
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own files" ON storage.objects FOR SELECT TO authenticated USING (auth.uid() = owner);
INSERT INTO storage.buckets VALUES ('avatars', 'avatars'); INSERT INTO storage.objects (bucket_id, name) VALUES ('avatars', 'a.png');
GRANT SELECT ON ALL TABLES IN SCHEMA storage TO project;

SET SESSION AUTHORIZATION project;
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[]);
INSERT INTO supabase_migrations.schema_migrations VALUES ('20260101000000', '{"CREATE TABLE"}');
CREATE TABLE public.profiles (id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE, username extensions.citext UNIQUE,
  api_key text DEFAULT encode(extensions.gen_random_bytes(8), 'hex'));
CREATE TABLE public.messages (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author uuid REFERENCES public.profiles, body text);
INSERT INTO public.profiles SELECT id, 'user ' || email FROM auth.users;
INSERT INTO public.messages (author, body) SELECT id, 'hello' FROM public.profiles;
ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY; ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own profile" ON public.profiles FOR UPDATE TO authenticated USING (auth.uid() = id);
CREATE POLICY "anyone reads" ON public.messages FOR SELECT TO anon, authenticated USING (true);
CREATE FUNCTION public.handle_new_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
  AS $$BEGIN INSERT INTO public.profiles (id) VALUES (NEW.id); RETURN NEW; END$$;
CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();
CREATE TRIGGER webhook AFTER INSERT ON public.messages FOR EACH ROW EXECUTE FUNCTION supabase_functions.http_request('https://example.org', 'POST');
CREATE FUNCTION public.notify(url text) RETURNS bigint LANGUAGE sql AS 'SELECT net.http_post(url)';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO anon, authenticated, service_role;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO anon;
CREATE PUBLICATION supabase_realtime FOR TABLE public.messages;
CREATE PUBLICATION warehouse FOR TABLE public.profiles, public.messages;
RESET SESSION AUTHORIZATION;
`;
