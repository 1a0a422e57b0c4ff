import { execFile } from 'node:child_process';
import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix, type BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { readManifestFile } from '../../../lib/engine/archive/read-manifest.ts';
import { query } from '../../../lib/engine/browse/query/query.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { diff } from '../../../lib/engine/diff/diff.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { drillOnServer } from '../../../lib/engine/drill/drill-on-server.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { verifyBackup } from '../../../lib/engine/verify/verify.ts';
import { codeBlocks, readPage } from '../../support/docs/markdown.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';

const run = promisify(execFile);

/**
 * Sealed before Lifeboat knew of pg_attver, from PostgreSQL 15.20 and stamped.sql: its scripts set the stamp on each column, its
 * fingerprint has it.
 */
const ARCHIVE = join(import.meta.dirname, '../../support/archives/stamped');
const PLACE: BackupPlace = {
  retentionClass: 'manual',
  source: 'stamped',
  backupId: '20261129T095045Z-iuqcq3',
};
const OPTIONS = `SELECT attrelid::regclass || '.' || attname AS column, attoptions AS options FROM pg_attribute
  WHERE attoptions IS NOT NULL AND attrelid >= 16384 AND attrelid::regclass::text !~ '^lifeboat' ORDER BY 1`;
const OWN_OPTIONS = [
  { column: '"Odd ""name""". Ä b', options: ['n_distinct=7'] },
  { column: 'customers.customer', options: ['n_distinct=-1'] },
  { column: 'log_1.line', options: ['n_distinct=3'] },
  { column: 'orders.customer', options: ['n_distinct=5', 'n_distinct_inherited=-0.5'] },
];
const missing = missingPrograms('an archive with stamps, restored by its script', [
  'psql',
  'zstd',
  'sha256sum',
]);

describe('an archive that was sealed with a stamp on each column', { timeout: 300_000 }, () => {
  let server: PostgresServer;
  let vault: TestVault;
  let folder: string;

  beforeAll(async () => {
    vault = await testVault();
    cpSync(join(ARCHIVE, 'manual'), join(vault.directory, 'manual'), { recursive: true });
    const { manifest } = await readManifestFile(vault.store, PLACE, { signal: new AbortController().signal });
    folder = join(vault.directory, attemptPrefix(PLACE, manifest.attempt));
    server = await startPostgres({ major: 17 });
    for (const name of ['restored', 'by_script'])
      await server.run(`CREATE DATABASE ${name} TEMPLATE template0`);
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  async function optionsIn(database: string) {
    const client = await server.connect(database);
    return (await client.query(OPTIONS)).rows;
  }

  it('is intact', async () => {
    expect(await verifyBackup(vault.store, PLACE)).toMatchObject({ verdict: 'intact', notes: [] });
  });

  it('is proven by a drill, nothing skipped', async () => {
    const report = await drill({ store: vault.store, place: PLACE });
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(report.verdict).toBe('proven');
  });

  it('is proven by a drill on a server', async () => {
    const report = await drillOnServer({
      store: vault.store,
      place: PLACE,
      server: connectionSettings(server.url()),
    });
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(report.verdict).toBe('proven');
  });

  it('is restored with the options that the user set, and differs in nothing', async () => {
    const settings = connectionSettings(server.url('restored'));
    const report = await restore({ store: vault.store, place: PLACE, settings, unproven: true });
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(await optionsIn('restored')).toEqual(OWN_OPTIONS);
    const compared = await diff({ store: vault.store, place: PLACE, settings });
    expect(compared.schema).toEqual([]);
  });

  it('can be asked', async () => {
    const rows: unknown[] = [];
    const request = { store: vault.store, place: PLACE, sql: 'SELECT count(*) FROM orders' };
    await query(request, { columns: () => {}, row: (values) => rows.push(values) });
    expect(rows).toEqual([['100']]);
  });

  it.skipIf(missing.length > 0)(
    'is restored by its own script after the line that the guide has for it',
    async () => {
      const environment = psqlEnvironment(server, 'by_script');
      const refused = await runRestoreScript(folder, { environment });
      expect(refused.stderr).toContain('unrecognized parameter "pg_attver"');
      await server.run('DROP DATABASE by_script');
      await server.run('CREATE DATABASE by_script TEMPLATE template0');
      const [line] = codeBlocks(readPage('docs/restore-without-lifeboat.md')).filter(({ text }) =>
        text.includes('pg_attver'),
      );
      await run('sh', ['-euc', line?.text ?? 'false'], { env: { PATH: process.env.PATH, folder } });
      renameSync(join(folder, 'restore-own.sh'), join(folder, 'restore.sh'));
      const { status, stderr } = await runRestoreScript(folder, { environment });
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(await optionsIn('by_script')).toEqual(OWN_OPTIONS);
    },
  );
});
