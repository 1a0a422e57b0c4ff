import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostProfile } from '../../../lib/contract/host-profiles.ts';
import type { DrillReport } from '../../../lib/engine/archive/drill-report.ts';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import type { Manifest } from '../../../lib/engine/archive/manifest.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { verifyBackup } from '../../../lib/engine/verify/verify.ts';
import { ArchiveCopy } from '../../support/archive-copy.ts';
import { MemoryStore } from '../../support/memory-store.ts';
import {
  npmBinaries,
  type PostgresServer,
  type ServerMajor,
  startPostgres,
} from '../../support/postgres-server.ts';
import { takeBackup } from '../../support/vaults.ts';
import { type Binaries, binariesWithExtensions, type FakeExtension } from './binaries-with-extensions.ts';
import { NEON_EXTENSIONS, NEON_PROJECT } from './neon.ts';
import { PLAIN_PROJECT } from './plain.ts';
import { RDS_EXTENSIONS, RDS_PROJECT } from './rds.ts';
import { SUPABASE_EXTENSIONS, SUPABASE_PROJECT } from './supabase.ts';

interface HostFixture {
  readonly profile: HostProfile;
  readonly major: ServerMajor;
  readonly extensions: Readonly<Record<string, FakeExtension>>;
  /** Made before everything else, for it takes no transaction. */
  readonly tablespace?: string;
  readonly setUp: string;
  /** Tables whose rows are in the backup. */
  readonly tables: readonly string[];
  /** `what name`, of what the profile leaves out. */
  readonly leftOut: readonly string[];
  /** Of what the drill passes over, part of the name and of the reason. */
  readonly skipped: ReadonlyArray<readonly [name: string, reason: RegExp]>;
  /** Text that the scripts must not hold. */
  readonly absent: RegExp;
}

const FIXTURES: readonly HostFixture[] = [
  {
    profile: 'plain',
    major: 15,
    extensions: {},
    setUp: PLAIN_PROJECT,
    tables: ['shop.notes', 'shop.orders'],
    leftOut: [],
    skipped: [],
    absent: /CREATE ROLE project/,
  },
  {
    profile: 'supabase',
    major: 15,
    extensions: SUPABASE_EXTENSIONS,
    setUp: SUPABASE_PROJECT,
    tables: [
      'auth.refresh_tokens',
      'auth.users',
      'cron.job',
      'public.messages',
      'public.profiles',
      'storage.buckets',
      'storage.objects',
      'supabase_migrations.schema_migrations',
    ],
    leftOut: [
      'schema realtime',
      'schema vault',
      'schema pgsodium',
      'schema graphql',
      'schema graphql_public',
      'schema pgbouncer',
      'schema supabase_functions',
      'event trigger issue_pg_net_access',
      'event trigger pgrst_ddl_watch',
      'publication supabase_realtime',
      'default privileges for role supabase_admin in schema public on tables',
      'default privileges for role supabase_admin in schema auth on tables',
      'extension pg_graphql',
      'extension supabase_vault',
      'table realtime.messages',
      'trigger webhook on public.messages',
      'publication relation public.messages in publication supabase_realtime',
      'role authenticator',
    ],
    skipped: [
      ['extension pg_net', /pg_net is not available/],
      ['extension pg_cron', /pg_cron is not available/],
      ['cron.job', /extension that is not available/],
    ],
    absent:
      /realtime\.|pgrst_ddl_watch|supabase_functions|FOR ROLE supabase_admin|vault|webhook|CREATE PUBLICATION supabase_realtime/,
  },
  {
    profile: 'neon',
    major: 17,
    extensions: NEON_EXTENSIONS,
    setUp: NEON_PROJECT,
    tables: ['neon_auth.users_sync', 'public.todos'],
    leftOut: [
      'schema neon',
      'schema neon_migration',
      'extension neon',
      'table neon_migration.migration_id',
      'default privileges for role cloud_admin in schema public on tables',
      'default privileges for role cloud_admin in schema public on sequences',
    ],
    skipped: [
      ['extension pg_session_jwt', /not available/],
      ['policy own profile', /user_id/],
    ],
    absent: /cloud_admin|neon_migration/,
  },
  {
    profile: 'rds',
    major: 17,
    extensions: RDS_EXTENSIONS,
    tablespace: 'fast',
    setUp: RDS_PROJECT,
    tables: ['public.customers', 'public.events', 'public.imports'],
    leftOut: ['event trigger rds_watch', 'default privileges for role rdsadmin on tables', 'role rds_iam'],
    skipped: [
      ['extension aws_s3', /not available/],
      ['public.imports', /aws_commons/],
      ['tablespace', /./],
    ],
    absent: /EVENT TRIGGER|FOR ROLE rdsadmin/,
  },
];

const falseAlarms: string[] = [];
let drilled = 0;
afterAll(() => {
  console.log(`${drilled} hosts drilled, ${falseAlarms.length} false alarms\n${falseAlarms.join('\n')}`);
});

describe.each(FIXTURES)('a database as $profile sets it up', (fixture) => {
  const store = new MemoryStore();
  let binaries: Binaries;
  let server: PostgresServer;
  let place: BackupPlace;
  let manifest: Manifest;
  let report: DrillReport;
  const url = () => server.url().replace('postgres:lifeboat-test', 'project:secret');

  beforeAll(async () => {
    if (!npmBinaries(fixture.major)) return;
    binaries = binariesWithExtensions(fixture.major, fixture.extensions);
    server = await startPostgres({
      major: fixture.major,
      binDirectory: binaries.binDirectory,
      settings: { allow_in_place_tablespaces: 'on' },
    });
    if (fixture.tablespace !== undefined) {
      await server.run(`CREATE TABLESPACE ${fixture.tablespace} LOCATION ''`);
    }
    await server.run(fixture.setUp);
    ({ place, manifest } = await takeBackup(url(), { store }, { hostProfile: fixture.profile }));
    report = await drill({ store, place });
    drilled += 1;
    for (const { verdict, name } of report.items) {
      if (verdict === 'differs') falseAlarms.push(`${fixture.profile}: ${name}`);
    }
  });
  afterAll(async () => {
    await server?.stop();
    binaries?.remove();
  });

  const scriptOf = (purpose: string) =>
    store.objects.get(manifest.objects.find((one) => one.purpose === purpose)?.key ?? '')?.toString() ?? '';

  it('is backed up by a role that is no superuser, with everything of its user', () => {
    expect(manifest.server.hostProfile).toBe(fixture.profile);
    expect(manifest.tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual(fixture.tables);
    expect(manifest.tables.every(({ rows, dataLeftOut }) => rows > 0 && dataLeftOut === undefined)).toBe(
      true,
    );
  });

  it("leaves out what is the host's own, each with its reason", () => {
    const leftOut = manifest.leftOut.map(({ what, name }) => `${what} ${name}`);
    expect(leftOut).toEqual(expect.arrayContaining([...fixture.leftOut]));
    expect(manifest.leftOut.every(({ reason }) => reason.length > 10)).toBe(true);
    expect(leftOut).toEqual([...new Set(leftOut)]);
    // Of a table that is left out, its rows need no line of their own.
    const tables = new Set(manifest.leftOut.filter(({ what }) => what === 'table').map(({ name }) => name));
    expect(manifest.leftOut.filter(({ what, name }) => what.startsWith('rows') && tables.has(name))).toEqual(
      [],
    );
    expect(scriptOf('pre-data') + scriptOf('post-data')).not.toMatch(fixture.absent);
  });

  it('is proven by a drill that names what it passed over, and raises no false alarm', async () => {
    expect(report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    expect(report.verdict).toBe(fixture.skipped.length > 0 ? 'proven with skips' : 'proven');
    const skipped = report.items.filter(({ verdict }) => verdict === 'skipped');
    expect(skipped.every(({ reason }) => reason !== undefined && reason !== '')).toBe(true);
    for (const [name, reason] of fixture.skipped) {
      expect(skipped).toContainEqual(
        expect.objectContaining({
          name: expect.stringContaining(name),
          reason: expect.stringMatching(reason),
        }),
      );
    }
    expect((await verifyBackup(store, place)).verdict).toBe('intact');
  });

  it("fails its drill when an object of the user's own is damaged", async () => {
    const copy = new ArchiveCopy(store, { manifest, place });
    const postData = copy.object('post-data');
    const text = copy.get(postData.key).toString();
    const damaged = text.replace(/CREATE POLICY "?(short|own profile)"? ON [^;]*;/, '');
    expect(damaged).not.toBe(text);
    copy.replaceFitting(postData, Buffer.from(damaged));
    copy.reseal();
    const damage = await drill({ store: copy.store, place });
    expect(damage.verdict).toBe('failed');
    expect(damage.items.filter(({ verdict, kind }) => verdict === 'differs' && kind === 'catalog')).toEqual([
      expect.objectContaining({ name: expect.stringMatching(/policy/), reason: 'it was not restored' }),
    ]);
  });
});
