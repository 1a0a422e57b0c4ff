import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { capture } from '../../../lib/engine/capture/capture.ts';
import { disable } from '../../../lib/engine/capture/disable.ts';
import { enable } from '../../../lib/engine/capture/enable.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { readCaptured } from '../../support/captured.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, testVault } from '../../support/vaults.ts';
import { lifeboat } from '../../unit/cli/command-line.ts';

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

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
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

it('goes on by itself after the disk of the vault refused what was written once', async () => {
  const order = { settings: connectionSettings(server.url()), store: vault.store, source: 'again' };
  await server.run('CREATE TABLE letters (id int PRIMARY KEY, words text)');
  await enable(order);
  // More than an entry of the log takes in.
  await server.run('INSERT INTO letters SELECT i, md5(random()::text) FROM generate_series(1, 5000) i');
  const full = Object.assign(new Error('EDQUOT: disk quota exceeded, fsync'), { code: 'EDQUOT' });
  vi.spyOn(fs, 'fsync').mockImplementationOnce((_file, done) => done(full));
  syncBuiltinESMExports();
  const stop = new AbortController();
  const watch = setInterval(async () => {
    const captured = await readCaptured(vault.store, 'again');
    if (captured.some(({ messages }) => messages.includes('I'))) stop.abort();
  }, 100);
  const { stderr } = await lifeboat(
    ['capture', '--every', '1s', '--source', server.url(), '--vault', vault.directory, '--name', 'again'],
    { signal: AbortSignal.any([stop.signal, AbortSignal.timeout(30_000)]), now: () => new Date() },
  );
  clearInterval(watch);
  expect(stderr).toMatch(/EDQUOT/);
  expect(stop.signal.aborted).toBe(true);
  await disable(order);
});
