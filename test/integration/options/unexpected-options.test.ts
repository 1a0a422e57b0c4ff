import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attemptPrefix } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, psqlEnvironment, runRestoreScript } from '../../support/restore-script.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const SCHEMA = `
  CREATE TABLE orders (id integer PRIMARY KEY, customer text) WITH (fillfactor = 80);
  ALTER TABLE orders ALTER customer SET (n_distinct = 5);
  CREATE VIEW recent WITH (security_barrier) AS SELECT * FROM orders;
  CREATE INDEX by_customer ON orders (customer) WITH (fillfactor = 70);
  INSERT INTO orders SELECT g, 'customer ' || g % 5 FROM generate_series(1, 100) g;
`;
/** What a server would do that keeps options of its own which no version of Lifeboat knows. */
const STAMP_COLUMNS = (where: string) => `
  UPDATE pg_attribute SET attoptions = array_prepend('pg_colver=' || attnum, attoptions)
   WHERE attnum > 0 AND attrelid IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'p', 'f', 'c')) AND ${where};`;
const STAMP_RELATIONS = `
  UPDATE pg_class SET reloptions = array_append(reloptions, 'pg_relver=7') WHERE relkind IN ('r', 'v', 'm');`;
const missing = missingPrograms('options that nobody knows, by restore.sh', ['psql', 'zstd', 'sha256sum']);

describe('a server that keeps options by itself, unheard of so far', { timeout: 300_000 }, () => {
  let source: PostgresServer;
  let target: PostgresServer;
  let vault: TestVault;
  beforeAll(async () => {
    vault = await testVault();
    [source, target] = await Promise.all([startPostgres({ major: 17 }), startPostgres({ major: 17 })]);
    for (const name of ['everywhere', 'here']) {
      await source.run(`CREATE DATABASE ${name} TEMPLATE template0`);
      await source.run(SCHEMA, name);
    }
    const allowed = 'SET allow_system_table_mods = on;';
    await source.run(`${allowed} ${STAMP_COLUMNS('true')} ${STAMP_RELATIONS}`, 'everywhere');
    await source.run(`${allowed} ${STAMP_COLUMNS('attrelid >= 16384')}`, 'here');
  });
  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()]);
    vault?.remove();
  });

  async function restored(database: string, place: Awaited<ReturnType<typeof takeBackup>>['place']) {
    await target.run(`CREATE DATABASE ${database} TEMPLATE template0`);
    const settings = connectionSettings(target.url(database));
    const report = await restore({ store: vault.store, place, settings, unproven: true });
    return { report, ...(await optionsIn(database)) };
  }

  async function optionsIn(database: string): Promise<{ attoptions: string[]; reloptions: string[] }> {
    const client = await target.connect(database);
    const { rows } = await client.query(
      `SELECT attoptions, c.reloptions FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
        WHERE c.relname = 'orders' AND attname = 'customer'`,
    );
    return rows[0];
  }

  it('which stand on its own catalogs too: they are left out, named, and no part of the proof', async () => {
    const { place, manifest } = await takeBackup(source.url('everywhere'), vault);
    const preData = readFileSync(
      join(vault.directory, attemptPrefix(place, manifest.attempt), 'pre-data.sql'),
      'utf8',
    );
    expect(preData).not.toMatch(/pg_colver|pg_relver/);
    expect(manifest.leftOut.map(({ what, name }) => `${what}: ${name}`)).toEqual(
      expect.arrayContaining(['option of a column: pg_colver', 'option of a relation: pg_relver']),
    );
    const drilled = await drill({ store: vault.store, place });
    expect(drilled).toMatchObject({ verdict: 'proven' });
    const { report, attoptions, reloptions } = await restored('everywhere', place);
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect({ attoptions, reloptions }).toEqual({
      attoptions: ['n_distinct=5'],
      reloptions: ['fillfactor=80'],
    });
  });

  it('which do not: a note names them, and the user’s own options beside them are kept', async () => {
    const { place, manifest } = await takeBackup(source.url('here'), vault);
    const drilled = await drill({ store: vault.store, place });
    expect(drilled).toMatchObject({ verdict: 'proven' });
    const notes = drilled.notes.filter((note) => note.includes('pg_colver'));
    expect(notes.length).toBeGreaterThan(0);
    const { report, attoptions } = await restored('here', place);
    expect(report.items.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    expect(attoptions).toEqual(['n_distinct=5']);
    if (missing.length > 0) return;
    await target.run('CREATE DATABASE by_script TEMPLATE template0');
    const folder = join(vault.directory, attemptPrefix(place, manifest.attempt));
    const { status, stderr } = await runRestoreScript(folder, {
      environment: psqlEnvironment(target, 'by_script'),
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect((await optionsIn('by_script')).attoptions).toEqual(['n_distinct=5']);
  });
});
