import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { npmBinaries, type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const missing = missingPrograms('tablespaces', ['psql', 'zstd']);

describe.skipIf(missing.length > 0 || !npmBinaries(17))('a table in a tablespace', () => {
  let server: PostgresServer;
  let vault: TestVault;
  let folder: string;
  let backup: Awaited<ReturnType<typeof takeBackup>>;
  beforeAll(async () => {
    vault = await testVault();
    server = await startPostgres({ major: 17, settings: { allow_in_place_tablespaces: 'on' } });
    await server.run(`CREATE TABLESPACE "Fast disk" LOCATION ''`);
    await server.run('CREATE DATABASE source TEMPLATE template0');
    await server.run(
      `CREATE TABLE hot (id int) TABLESPACE "Fast disk"; INSERT INTO hot VALUES (1); CREATE TABLE cold (id int);
       CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'default_tablespace' $$`,
      'source',
    );
    backup = await takeBackup(server.url('source'), vault);
    folder = join(vault.directory, attemptPrefix(backup.place, backup.manifest.attempt));
    await server.run('ALTER TABLE hot SET TABLESPACE pg_default', 'source');
  });
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  /** With the tablespace, or without it. */
  async function emptyDatabase(name: string, { tablespace }: { tablespace: boolean }) {
    await server.run(`CREATE DATABASE ${name} TEMPLATE template0`);
    const client = await server.connect();
    const { rows } = await client.query("SELECT FROM pg_tablespace WHERE spcname = 'Fast disk'");
    if (rows.length > 0 && !tablespace) await client.query('DROP TABLESPACE "Fast disk"');
    if (rows.length === 0 && tablespace) await client.query(`CREATE TABLESPACE "Fast disk" LOCATION ''`);
    await client.end();
  }

  async function placeOf(database: string) {
    const client = await server.connect(database);
    const { rows } = await client.query<{ place: string }>(
      `SELECT c.relname || ' in ' || coalesce(t.spcname, 'the default') AS place
         FROM pg_class c LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
        WHERE c.relname IN ('hot', 'cold') ORDER BY 1`,
    );
    await client.end();
    return rows.map(({ place }) => place);
  }

  const runScript = (database: string, ...options: string[]) =>
    runRestoreScript(folder, { arguments: options, environment: psqlEnvironment(server, database) });
  const restoreInto = (database: string) =>
    restore({
      store: vault.store,
      place: backup.place,
      settings: connectionSettings(server.url(database)),
      unproven: true,
    });
  const inDefault = ['cold in the default', 'hot in the default'];
  const inItsOwn = ['cold in the default', 'hot in Fast disk'];

  it('is backed up; that its place is not is said in the manifest', () => {
    expect(backup.manifest.tables.map(({ name, rows }) => [name, rows])).toEqual([
      ['cold', 0],
      ['hot', 1],
    ]);
    expect(backup.manifest.leftOut).toContainEqual({
      what: 'tablespace',
      name: '"Fast disk"',
      reason: expect.stringContaining('directory'),
    });
  });

  it('lies there again where the server has that tablespace', async () => {
    await emptyDatabase('there_by_script', { tablespace: true });
    expect(await runScript('there_by_script')).toMatchObject({ status: 0, stderr: '' });
    expect(await placeOf('there_by_script')).toEqual(inItsOwn);
    await server.run('DROP DATABASE there_by_script');
    await emptyDatabase('there', { tablespace: true });
    expect((await restoreInto('there')).items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(await placeOf('there')).toEqual(inItsOwn);
    await server.run('DROP DATABASE there');
  });

  it('is refused by restore.sh where it has not, with both remedies, before anything is changed', async () => {
    await emptyDatabase('refused', { tablespace: false });
    const { status, stderr } = await runScript('refused');
    expect(status).toBe(1);
    expect(stderr).toContain('does not have tablespaces that the backup uses: "Fast disk".');
    expect(stderr).toMatch(/CREATE TABLESPACE .* or add --no-tablespaces/);
    expect(stderr).toContain('Nothing was changed.');
    expect(await placeOf('refused')).toEqual([]);
  });

  it('lies in the default one by --no-tablespaces, and by lifeboat restore, which says so once', async () => {
    await emptyDatabase('without_by_script', { tablespace: false });
    expect(await runScript('without_by_script', '--no-tablespaces')).toMatchObject({ status: 0, stderr: '' });
    expect(await placeOf('without_by_script')).toEqual(inDefault);
    await emptyDatabase('without', { tablespace: false });
    const { outcome, items } = await restoreInto('without');
    expect(outcome).toBe('restored');
    expect(items.filter(({ verdict }) => verdict !== 'match')).toEqual([
      expect.objectContaining({
        verdict: 'skipped',
        reason: 'the target has no tablespace Fast disk: the next objects go to its default tablespace',
      }),
    ]);
    expect(await placeOf('without')).toEqual(inDefault);
  });
});
