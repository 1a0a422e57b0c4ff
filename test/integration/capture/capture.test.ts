import { afterAll, beforeAll, expect, it } from 'vitest';
import { capture } from '../../../lib/engine/capture/capture.ts';
import { disable } from '../../../lib/engine/capture/disable.ts';
import { enable } from '../../../lib/engine/capture/enable.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { readCaptured } from '../../support/captured.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';

let server: PostgresServer;
let vault: TestVault;
beforeAll(async () => {
  [server, vault] = await Promise.all([
    startPostgres({ major: 18, settings: { wal_level: 'logical' } }),
    testVault(),
  ]);
});
afterAll(async () => {
  await server?.stop();
  await vault?.remove();
});

it('captures what commits, begins an epoch at a schema change, and leaves nothing behind', async () => {
  const order = {
    settings: connectionSettings(server.url()),
    store: vault.store,
    source: 'shop',
    quietEntryEveryMs: 0,
  };
  await server.run('CREATE TABLE users (id int PRIMARY KEY, name text)');
  expect((await enable(order)).epoch.slot.failover).toBe(true);
  await server.run(`INSERT INTO users VALUES (1, 'Ada')`);
  expect(await capture(order)).toMatchObject({ outcome: 'captured', transactions: 1 });
  await server.run(`UPDATE users SET name = 'Bob'; ALTER TABLE users ADD born date`);
  expect(await capture(order)).toMatchObject({ epoch: 2, ended: { reason: 'schema-changed' } });
  await server.run('DELETE FROM users');
  await capture(order);
  expect((await readCaptured(vault.store, 'shop')).map(({ messages }) => messages)).toEqual([
    'BRICBRUC',
    'BRDC',
  ]);
  await disable(order);
  const client = await server.connect();
  expect((await client.query('SELECT FROM pg_replication_slots')).rowCount).toBe(0);
});
