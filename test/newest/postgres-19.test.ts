import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptPrefix, type BackupPlace } from '../../lib/engine/archive/keys.ts';
import { query } from '../../lib/engine/browse/query/query.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../lib/engine/drill/drill.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { restore } from '../../lib/engine/restore/restore.ts';
import { KNOWN_CATALOGS } from '../../lib/engine/schema-dump/newer-server/known-catalogs.ts';
import { EVERY_TYPE } from '../integration/drill/every-type.ts';
import { newestPostgres } from '../support/newest-postgres/newest-postgres.ts';
import { npmBinaries, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../support/vaults.ts';

const newest = await newestPostgres(19);
if ('missing' in newest) console.warn(`SKIPPED: PostgreSQL 19: ${newest.missing}`);
const without18 = npmBinaries(18) === undefined;
const withoutScript = missingPrograms('restore.sh on PostgreSQL 19', ['psql', 'zstd']).length > 0;
const TIMEOUT_MS = 300_000;

const scenario = (name: string, file: string) =>
  readFileSync(fileURLToPath(new URL(join('../scenarios', name, file), import.meta.url)), 'utf8');

describe.skipIf('missing' in newest)('PostgreSQL 19', { timeout: TIMEOUT_MS }, () => {
  let vault: TestVault;
  let server: PostgresServer;
  let older: PostgresServer | undefined;
  beforeAll(async () => {
    if ('missing' in newest) return;
    vault = await testVault();
    const { binDirectory } = newest;
    server = await startPostgres({ major: 19, binDirectory, settings: { wal_level: 'logical' } });
    older = without18 ? undefined : await startPostgres({ major: 18 });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await server?.stop();
    await older?.stop();
    vault?.remove();
  });

  async function made(database: string, ...scripts: readonly string[]): Promise<string> {
    await server.run(`CREATE DATABASE ${database}`);
    for (const script of scripts) await server.run(script, database);
    return server.url(database);
  }

  async function restoredInto(url: string, place: BackupPlace): Promise<string[]> {
    const settings = connectionSettings(url);
    const report = await restore({ store: vault.store, place, settings, unproven: true });
    return report.items
      .filter(({ verdict }) => verdict !== 'match')
      .map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`);
  }

  const troubleIn = ({ items }: Awaited<ReturnType<typeof drill>>) =>
    items.filter(({ verdict }) => verdict !== 'match').map(({ name, reason }) => `${name}: ${reason}`);

  test('has the catalogs that are known, and no others', async () => {
    const client = await server.connect();
    const { rows } = await client.query(`
      SELECT c.relname::text AS catalog, string_agg(a.attname::text, ' ' ORDER BY a.attnum) AS columns
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
       GROUP BY c.relname ORDER BY c.relname`);
    const known = Object.entries(KNOWN_CATALOGS).map(([catalog, columns]) => ({
      catalog,
      columns: columns === '*' ? rows.find((row) => row.catalog === catalog)?.columns : columns,
    }));
    expect(rows).toEqual(known);
  });

  test('with every kind of value and object comes back, and is proven in the embedded 18', async () => {
    const { place } = await takeBackup(await made('every_type', EVERY_TYPE), vault);
    const report = await drill({ store: vault.store, place });
    expect(troubleIn(report)).toEqual([]);
    expect(report.verdict).toBe('proven');
    expect(await restoredInto(await made('every_type_restored'), place)).toEqual([]);
  });

  test('keeps what it brought; a drill in the embedded 18 skips that by name, and proves the rows', async () => {
    const url = await made(
      'brought',
      scenario('since-19', 'roles.sql'),
      ...['since-19', 'publications-19'].flatMap((name) => [
        scenario(name, 'schema.sql'),
        scenario(name, 'data.sql'),
      ]),
    );
    const { place, manifest } = await takeBackup(url, vault);
    expect(await restoredInto(await made('brought_restored'), place)).toEqual([]);
    if (!withoutScript) {
      await made('brought_by_script');
      const { status, stderr } = await runRestoreScript(
        join(vault.directory, attemptPrefix(place, manifest.attempt)),
        { environment: psqlEnvironment(server, 'brought_by_script'), arguments: ['--roles'] },
      );
      expect(stderr).toBe('');
      expect(status).toBe(0);
    }
    const report = await drill({ store: vault.store, place });
    expect(report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    expect(report.verdict).toBe('proven with skips');
    const told = troubleIn(report);
    for (const name of ['since_19.numbered', 'since_19.paths', 'p19_but', 'since_19.filled']) {
      expect(told.find((line) => line.includes(name))).toMatch(/the target, PostgreSQL 18/);
    }
    // The table is there, and so are its rows.
    expect(report.items.find(({ kind, name }) => kind === 'table' && name === 'since_19.lone')?.verdict).toBe(
      'match',
    );
    expect(told.join('\n')).toMatch(/since_19\.lone: CREATE TABLE WITH: .*autovacuum_parallel_workers/);
  });

  test('pads pg_lsn, which an older server does not: its rows are proven in the embedded 18, and those of 18 come back', async () => {
    const places = `CREATE TABLE wal (at pg_lsn, parted int) PARTITION BY LIST (parted);
      CREATE TABLE wal_1 PARTITION OF wal FOR VALUES IN (1);
      INSERT INTO wal VALUES ('0/0', 1), ('0/16B3740', 1), ('A/12345678', 1), (NULL, 1)`;
    const { place } = await takeBackup(await made('pads', places), vault);
    expect(troubleIn(await drill({ store: vault.store, place }))).toEqual([]);
    if (!older) return;
    await older.run('CREATE DATABASE pads_not');
    await older.run(places, 'pads_not');
    const back = await takeBackup(older.url('pads_not'), vault);
    expect(await restoredInto(await made('pads_again'), back.place)).toEqual([]);
  });

  test('is queried although the embedded 18 has not its types', async () => {
    const url = await made('asked', `CREATE TABLE t (a oid8, b int); INSERT INTO t VALUES ('7', 1)`);
    const { place } = await takeBackup(url, vault);
    const rows: Array<ReadonlyArray<string | null>> = [];
    const taker = {
      columns: () => {},
      row: (values: ReadonlyArray<string | null>) => void rows.push(values),
    };
    await query({ store: vault.store, place, sql: 'SELECT a, b FROM public.t' }, taker);
    expect(rows).toEqual([['7', '1']]);
  });

  test('with objects of a kind that nobody knows is refused by name, before the first byte', async () => {
    const url = await made(
      'of_tomorrow',
      'CREATE TABLE public.graph (id int); CREATE TABLE t AS SELECT 1 AS a',
    );
    await server.run(
      `SET allow_system_table_mods = on; UPDATE pg_class SET relkind = 'g' WHERE relname = 'graph'`,
      'of_tomorrow',
    );
    const before = vault.files();
    const refused = await takeBackup(url, vault).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LifeboatError);
    expect(refused).toMatchObject({ code: 'source-object-unknown' });
    expect((refused as LifeboatError).what).toContain('graph (pg_class.relkind g)');
    expect(vault.files()).toEqual(before);
  });

  test.skipIf(without18)('takes a backup of 18, and its own goes into no 18', async () => {
    if (older === undefined) return;
    // Of GiST for inet another class is the default: PostgreSQL's own in 19, that of btree_gist before.
    const script = `
      CREATE EXTENSION btree_gist;
      CREATE TABLE t (i inet, EXCLUDE USING gist (i WITH =));
      CREATE INDEX own_class ON t USING gist (i inet_ops);
      CREATE INDEX extension_class ON t USING gist (i gist_inet_ops);
      INSERT INTO t VALUES ('10.0.0.1')`;
    await older.run(script);
    const fromOlder = await takeBackup(older.url(), vault);
    expect(await restoredInto(await made('from_18'), fromOlder.place)).toEqual([]);

    const { place, manifest } = await takeBackup(server.url('from_18'), vault);
    await older.run('CREATE DATABASE from_19');
    const refused = await restoredInto(older.url('from_19'), place).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'target-too-old' });
    expect(troubleIn(await drill({ store: vault.store, place }))).toEqual([]);
    if (withoutScript) return;
    const { status, stderr } = await runRestoreScript(
      join(vault.directory, attemptPrefix(place, manifest.attempt)),
      { environment: psqlEnvironment(older, 'from_19') },
    );
    expect(status).not.toBe(0);
    expect(stderr).toContain('the backup comes from 19');
  });
});
