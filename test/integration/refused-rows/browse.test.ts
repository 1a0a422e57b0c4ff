import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { browse, type OpenBackup } from '../../../lib/engine/browse/browse.ts';
import { query } from '../../../lib/engine/browse/query/query.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { BROKEN_FOR_GOOD, GOOD_IN_THE_END, ROWS } from './refusing-shop.ts';

let vault: TestVault;
let place: BackupPlace;
beforeAll(async () => {
  vault = await testVault();
  const server = await startPostgres({ major: 15 });
  try {
    await server.run(`${GOOD_IN_THE_END}; ${BROKEN_FOR_GOOD}; CREATE VIEW v AS SELECT count(*) FROM amount`);
    ({ place } = await takeBackup(server.url(), vault));
  } finally {
    await server.stop();
  }
});
afterAll(() => vault?.remove());

it('query reads rows that their table refuses, and says without what', async () => {
  const rows: unknown[] = [];
  const { tag, notices } = await query(
    { store: vault.store, place, sql: 'SELECT a.v, v.count FROM amount a, v ORDER BY a.v DESC LIMIT 1' },
    { columns: () => {}, row: (values) => rows.push(values.map((value) => value?.toString())) },
  );
  expect({ tag, rows }).toEqual({ tag: 'SELECT 1', rows: [['20', '20']] });
  expect(notices).toEqual([
    'public.amount refuses rows that the backup holds: the table is shown without amount_id_check on public.amount, stays_small on public.amount',
  ]);
});

it('browse reads all of them, each table by its name, and a tree only where it is whole', async () => {
  const stop = new AbortController();
  const opened = Promise.withResolvers<OpenBackup>();
  const done = browse({ store: vault.store, place, signal: stop.signal }, opened.resolve);
  done.catch(opened.reject);
  const { host, port, user, password, database } = await opened.promise;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  const read: Record<string, number> = {};
  for (const table of Object.keys(ROWS)) {
    const { rows } = await client.query(`SELECT count(*)::int FROM ONLY public.${table}`);
    read[table] = rows[0]?.count;
  }
  expect(read).toEqual(ROWS);
  await expect(client.query('SELECT FROM public.tree')).rejects.toThrow('read public.tree_low by itself');
  await client.end();
  stop.abort();
  await done;
});
