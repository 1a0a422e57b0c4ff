import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLog } from '../../../lib/engine/archive/changes/change-log.ts';
import { readEpochs } from '../../../lib/engine/archive/changes/epochs.ts';
import { capture } from '../../../lib/engine/capture/capture.ts';
import { enable } from '../../../lib/engine/capture/enable.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { previewPrune, prune } from '../../../lib/engine/keep/prune/prune.ts';
import { planMoment } from '../../../lib/engine/replay/plan/plan-moment.ts';
import { strayObjects } from '../../../lib/engine/verify/stray-objects.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';
import { lifeboat } from '../../unit/cli/command-line.ts';

const DAY_MS = 86_400_000;
const DAYS = { daily: 7, weekly: 28, monthly: 365, manual: 30 };
const signal = new AbortController().signal;

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
  vault?.remove();
});

/** Makes everything that is in the vault as old as that. */
function age(days: number): void {
  const then = new Date(Date.now() - days * DAY_MS);
  for (const entry of readdirSync(vault.directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), then, then);
}

const numbersOf = async () =>
  await Promise.all(
    (await readEpochs(vault.store, 'shop')).map(async (epoch) => {
      const found = vault
        .files()
        .filter((key) => key.startsWith(`changes/shop/log/00000${epoch.record.epoch}/`));
      return found.map((key) => Number(key.slice(-14, -5))).toSorted((a, b) => a - b);
    }),
  );

it('changes go when no backup that stays needs them, and not before', async () => {
  const order = {
    settings: connectionSettings(server.url()),
    store: vault.store,
    source: 'shop',
    quietEntryEveryMs: 0,
  };
  let id = 0;
  const poll = async () => {
    id += 1;
    await server.run(`INSERT INTO users VALUES (${id})`);
    await capture({ ...order, memory: { holder: 'test' } });
  };
  const base = (day: number) =>
    takeBackup(server.url(), vault, {
      place: {
        retentionClass: 'daily',
        source: 'shop',
        backupId: `${new Date(Date.now() - day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}T020000Z`,
      },
    });
  const request = () => ({ store: vault.store, days: DAYS, undrilled: true, now: new Date(), options: {} });
  await server.run('CREATE TABLE users (id int PRIMARY KEY)');
  await enable(order);
  await poll();
  await base(30);
  await poll();
  // The epoch ends, and another begins.
  await server.run('ALTER TABLE users ADD name text');
  await poll();
  await poll();
  await base(29);
  for (let polls = 0; polls < 3; polls += 1) await poll();
  const { place, manifest } = await base(3);
  await poll();
  expect(await numbersOf()).toEqual([
    [1, 2, 3],
    [1, 2, 3, 4, 5],
  ]);
  // Nothing of the stream is taken for something strange, and a backup is listed as without it.
  expect(await strayObjects(vault.store, place, manifest, { signal })).toEqual([]);

  // Young changes stay, whatever becomes of their backups.
  expect((await previewPrune(request())).changes).toEqual([]);

  age(20);
  const { changes } = await previewPrune(request());
  expect(changes.map(({ epoch, why, objects }) => ({ epoch, why, any: objects.length > 0 }))).toEqual([
    { epoch: 1, why: 'no-base', any: true },
    { epoch: 2, why: 'before-base', any: true },
  ]);
  const shown = await lifeboat(['prune', '--vault', vault.directory, '--undrilled', '--keep-daily', '1']);
  expect(shown.stdout).toMatch(
    /captured changes of shop, epoch 1,\s+go: no\s+backup\s+that\s+stays\s+needs\s+them/,
  );
  expect(await numbersOf()).toHaveLength(2);

  const report = await prune(request());
  expect(report.failures).toEqual([]);
  expect(report.removedChanges.map(({ epoch }) => epoch)).toEqual([1, 2]);
  const [left = [], ...others] = await numbersOf();
  expect(others).toEqual([]);
  expect(left.at(-1)).toBe(5);
  expect(left[0]).toBeGreaterThan(1);
  expect(vault.files().filter((key) => /changes\/shop\/.*\/000001\//.test(key))).toEqual([]);
  // What is left leads from the backup that stays to the last moment.
  const [epoch] = await readEpochs(vault.store, 'shop');
  if (!epoch) throw new Error('no epoch');
  const entries = await Array.fromAsync(readLog(vault.store, epoch, { from: left[0] ?? 1 }));
  const moment = await planMoment({
    ...{ store: vault.store, source: 'shop', signal },
    target: { kind: 'lsn', lsn: BigInt(`0x${(entries.at(-1)?.to ?? '').split('/')[1]}`) },
  });
  expect(moment.base.place).toEqual(place);
  expect((await prune(request())).removedChanges).toEqual([]);
});
