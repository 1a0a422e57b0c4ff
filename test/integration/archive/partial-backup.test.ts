import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../../lib/engine/archive/keys.ts';
import type { BackupSelection } from '../../../lib/engine/selection/backup-selection.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { hashOf, objectsIn, oneValue, SMALL_COMPANY } from '../restore/restore-world.ts';

const missing = missingPrograms('restore.sh of a part of a database', ['psql', 'zstd']);

describe.skipIf(missing.length > 0)('restore.sh of a backup of a part', () => {
  let server: PostgresServer;
  let vault: TestVault;
  beforeAll(async () => {
    server = await startPostgres({ major: 18, settings: { wal_level: 'logical' } });
    vault = await testVault();
    await server.run('CREATE ROLE company_app; CREATE ROLE company_owner');
    await server.run('CREATE DATABASE company');
    await server.run(SMALL_COMPANY, 'company');
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  async function restored(database: string, selection: BackupSelection) {
    const { place, manifest } = await takeBackup(server.url('company'), vault, { selection });
    await server.run(`CREATE DATABASE ${database}`);
    const folder = join(vault.directory, attemptPrefix(place, manifest.attempt));
    const ended = await runRestoreScript(folder, { environment: psqlEnvironment(server, database) });
    expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
    // What is not there is not hidden.
    expect(ended.stdout).toContain('Some things were not in the backup: RECOVERY.md names them.');
    return { ...ended, manifest };
  }

  it('brings the tables that were chosen, and what they need, without the references to others', async () => {
    const { manifest } = await restored('tables', { tables: ['app.orders', 'app.lines'] });
    expect(manifest.leftOut.map(({ what, name }) => `${what} ${name}`)).toContainEqual(
      expect.stringContaining('orders_user_id_fkey'),
    );
    for (const table of ['app.orders', 'app.lines']) {
      expect(await hashOf(server, 'tables', table), table).toBe(await hashOf(server, 'company', table));
    }
    const constraints = (await objectsIn(server, 'tables')).filter((name) => / [pf] /.test(name));
    expect(constraints).toEqual([
      'app.lines f lines_order_id_fkey',
      'app.lines p lines_pkey',
      'app.orders p orders_pkey',
    ]);
    expect(await oneValue(server, 'tables', "SELECT to_regclass('auth.users') IS NULL")).toBe(true);
  });

  it('brings a schema', async () => {
    await restored('one_schema', { schemas: ['app'] });
    for (const table of ['app.orders', 'app.events', 'app.statistics']) {
      expect(await hashOf(server, 'one_schema', table), table).toBe(await hashOf(server, 'company', table));
    }
    expect(await oneValue(server, 'one_schema', "SELECT nextval('app.invoice_number')")).toBe('1002');
  });

  it('brings everything but what was left out, and tables without their rows', async () => {
    await restored('most', { excludeTables: ['app.lines'], excludeTableData: ['app.events*'] });
    expect(await oneValue(server, 'most', 'SELECT count(*) FROM app.events')).toBe('0');
    expect(await hashOf(server, 'most', 'app.orders')).toBe(await hashOf(server, 'company', 'app.orders'));
  });
});
