import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { planRestore, type RestoreRequest, restore } from '../../../lib/engine/restore/restore.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { type Binaries, binariesWithExtensions } from '../hosts/binaries-with-extensions.ts';
import { SUPABASE_EXTENSIONS, SUPABASE_PROJECT } from '../hosts/supabase.ts';
import { hashOf, oneValue, problemsOf } from './restore-world.ts';

/** What Supabase's own migrations have written into every project, and what it lets the project's role do with its tables. */
const AS_THE_HOST_MAKES_IT = `
CREATE TABLE auth.schema_migrations (version varchar(255) PRIMARY KEY);
ALTER TABLE auth.schema_migrations OWNER TO supabase_auth_admin;
GRANT SELECT ON auth.schema_migrations TO project;
GRANT INSERT, TRUNCATE ON auth.users, auth.refresh_tokens, storage.buckets, storage.objects TO project;
GRANT UPDATE ON ALL SEQUENCES IN SCHEMA auth TO project;
GRANT INSERT, TRUNCATE ON cron.job TO project;
GRANT SET ON PARAMETER session_replication_role TO project;
ALTER SCHEMA public OWNER TO project;
`;

/** A project that nobody has used yet. */
const AS_NEW = `
DROP TRIGGER on_auth_user_created ON auth.users;
DROP PUBLICATION warehouse;
DROP SCHEMA supabase_migrations CASCADE;
DROP TABLE public.messages, public.profiles;
DROP FUNCTION public.handle_new_user, public.notify;
ALTER DEFAULT PRIVILEGES FOR ROLE project IN SCHEMA public REVOKE SELECT ON TABLES FROM anon;
TRUNCATE auth.users, auth.refresh_tokens, storage.buckets, storage.objects, cron.job;
INSERT INTO auth.schema_migrations VALUES ('new');
`;

let binaries: Binaries;
let source: PostgresServer;
let target: PostgresServer;
let vault: TestVault;
let place: BackupPlace;
beforeAll(async () => {
  binaries = binariesWithExtensions(15, SUPABASE_EXTENSIONS);
  const { binDirectory } = binaries;
  [source, target, vault] = await Promise.all([
    startPostgres({ major: 15, binDirectory }),
    startPostgres({ major: 15, binDirectory }),
    testVault(),
  ]);
  for (const server of [source, target]) {
    await server.run(SUPABASE_PROJECT);
    await server.run(AS_THE_HOST_MAKES_IT);
  }
  await source.run("INSERT INTO auth.schema_migrations VALUES ('old')");
  await target.run(AS_NEW);
  ({ place } = await takeBackup(asProject(source), vault, { hostProfile: 'supabase' }));
});
afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
  binaries?.remove();
  vault?.remove();
});

const asProject = (server: PostgresServer) =>
  server.url('postgres').replace(/\/\/postgres:[^@]*@/, '//project:secret@');

const request = (): RestoreRequest => ({
  store: vault.store,
  place,
  settings: connectionSettings(asProject(target)),
  unproven: true,
  intoExisting: true,
  noOwner: true,
});

const there = (sql: string) => oneValue(target, 'postgres', sql);

it('goes into a new project: everything of the user, and rows into what the host has made', async () => {
  const plan = await planRestore(request());
  expect([...plan.hostSchemas]).toEqual(['auth', 'extensions', 'storage']);
  expect(plan.replaces).toEqual([]);
  expect(plan.notes.join(' ')).toContain('auth.schema_migrations keeps its content');
  const report = await restore(request());
  expect(problemsOf(report)).toEqual([]);
  for (const table of [
    'auth.users',
    'auth.refresh_tokens',
    'storage.buckets',
    'storage.objects',
    'public.profiles',
    'public.messages',
    'supabase_migrations.schema_migrations',
  ]) {
    expect(await hashOf(target, 'postgres', table), table).toBe(await hashOf(source, 'postgres', table));
  }
  expect(await there('SELECT version FROM auth.schema_migrations')).toBe('new');
  expect(await there("SELECT nextval('auth.refresh_tokens_id_seq')")).toBe('101');
  // The reference from the user's table to the host's, the user's trigger on it, and the grants.
  expect(await there("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated")).toBe('4');
  expect(
    await there("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'on_auth_user_created'"),
  ).toBe('auth.users');
  expect(await there("SELECT has_table_privilege('anon', 'public.messages', 'SELECT')")).toBe(true);
  expect(await there("SELECT relrowsecurity FROM pg_class WHERE oid = 'public.profiles'::regclass")).toBe(
    true,
  );
  expect(
    await there("SELECT tableowner FROM pg_tables WHERE schemaname = 'auth' AND tablename = 'users'"),
  ).toBe('supabase_auth_admin');
});

it('goes into a project that is in use, over what is there, after a safety backup', async () => {
  await target.run(
    "DELETE FROM public.messages; UPDATE auth.users SET email = 'changed'; DELETE FROM storage.objects",
  );
  const report = await restore(request());
  expect(problemsOf(report)).toEqual([]);
  expect(report.safetyBackup).toMatch(/postgres-before-restore/);
  for (const table of ['auth.users', 'storage.objects', 'public.profiles', 'public.messages']) {
    expect(await hashOf(target, 'postgres', table), table).toBe(await hashOf(source, 'postgres', table));
  }
});
