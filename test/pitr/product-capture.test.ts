import { expect, it } from 'vitest';
import { capture } from '../../lib/engine/capture/capture.ts';
import { enable } from '../../lib/engine/capture/enable.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { proveChanges } from '../../lib/engine/prove/prove-changes.ts';
import { readIntervals } from '../../lib/engine/replay/plan/intervals.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { intercept } from '../support/intercepted-store.ts';
import { planned, restored, SERVER_SETTINGS, SOURCE, targetOf } from '../support/pitr/moments.ts';
import { COVERED, SOURCE_SCHEMA } from '../support/pitr/source-schema.ts';
import { type Truth, truthNow } from '../support/pitr/truth.ts';
import { Writer } from '../support/pitr/writer.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { takeBackup, testVault } from '../support/vaults.ts';

const signal = new AbortController().signal;
const DDL = [
  "ALTER TABLE documents ADD COLUMN extra text DEFAULT 'x'",
  'ALTER TABLE keys ALTER COLUMN value TYPE bigint',
];

const STEPS = ['peeked', 'leased', 'half stored', 'stored', 'logged'] as const;

/**
 * The vault, at one of whose writes the capture dies: after the peek, with the lease in the vault, within the segment, before its
 * entry, and after the entry, when the slot has not advanced.
 */
function dying(store: ObjectStore, step: (typeof STEPS)[number]): ObjectStore {
  const dieIf = (is: boolean) => {
    if (is) throw new Error('killed');
  };
  const at = (key: string, part: string) => key.includes(`/${part}/`);
  const hooked = intercept(store, {
    beforePut: (key) =>
      dieIf((step === 'peeked' && at(key, 'leases')) || (step === 'stored' && at(key, 'log'))),
    duringUpload: () => dieIf(step === 'half stored'),
  });
  return {
    ...hooked,
    async put(key, body, options) {
      await hooked.put(key, body, options);
      dieIf((step === 'leased' && at(key, 'leases')) || (step === 'logged' && at(key, 'log')));
    },
  };
}

it('what the product captures leads to every moment, across changes of the schema', async () => {
  const vault = await testVault();
  const server = await startPostgres({ major: 17, settings: SERVER_SETTINGS });
  const writers: Writer[] = [];
  try {
    await server.run('CREATE DATABASE shop TEMPLATE template0');
    await server.run(SOURCE_SCHEMA, 'shop');
    const settings = connectionSettings(server.url('shop'));
    // A lease of its own holds nobody up.
    const request = { settings, store: vault.store, source: SOURCE };
    const poll = (store = vault.store) => capture({ ...request, store, memory: { holder: 'test' } });
    await enable(request);
    for (let number = 0; number < 6; number += 1) writers.push(await Writer.start(server, 'shop', number, 7));
    const looker = await server.connect('shop');
    const truths: Truth[] = [];
    const deaths = new Set<string>();
    let backups = 0;
    let second = '';
    const base = async () => {
      const backupId = `20261120T${String(backups).padStart(6, '0')}Z`;
      backups += 1;
      await takeBackup(server.url('shop'), vault, {
        place: { retentionClass: 'manual', source: SOURCE, backupId },
      });
    };
    await poll();
    await base();
    for (let point = 0; point < 24; point += 1) {
      if (point % 2 === 1) {
        const step = STEPS[((point - 1) / 2) % STEPS.length] ?? 'peeked';
        await poll(dying(vault.store, step)).then(
          () => {},
          (error: Error) => {
            if (!String(error.message).includes('killed')) throw error;
            deaths.add(step);
          },
        );
      }
      await poll();
      truths.push(await truthNow(looker, COVERED));
      if (point === 12) {
        second = `20261120T${String(backups).padStart(6, '0')}Z`;
        await base();
      }
      if (point !== 6 && point !== 18) continue;
      // Proven by a look after all of it was over; what commits between here and the next base is in the gap.
      for (let looks = 0; looks < 3; looks += 1) {
        await poll();
        await looker.query('SELECT pg_sleep(0.3)');
      }
      await looker.query(DDL[point === 6 ? 0 : 1] ?? '');
      await poll();
      // A transaction that began before the epoch and still runs makes a backup no base: another one is due.
      do await base();
      while ((await poll()).baseDue);
    }
    await Promise.all(writers.splice(0).map((writer) => writer.stop()));
    await looker.query('SELECT pg_sleep(0.1)');
    await looker.query('UPDATE emptied SET value = value');
    for (let polls = 0; polls < 3; polls += 1) await poll();
    await looker.end();
    // A segment that is part of its entry is not uploaded.
    expect([...deaths]).toEqual(expect.arrayContaining(['peeked', 'leased', 'stored', 'logged']));
    for (const [point, truth] of truths.entries()) {
      const moment = await planned(vault, targetOf(truth, point));
      const shown = await restored(vault, server, moment, `product_${point}`);
      expect(shown.tables, `point ${point}`).toEqual(truth.tables);
    }
    const intervals = await readIntervals(vault.store, SOURCE, signal);
    expect(intervals.map(({ ended }) => ended !== null)).toEqual([true, true, false]);
    const proof = await proveChanges({
      store: vault.store,
      place: { retentionClass: 'manual', source: SOURCE, backupId: second },
      signal,
    });
    expect(proof).toMatchObject({ verdict: 'proven', epoch: 2 });
    // In the gap between the change of the schema and the next base.
    const [first, next] = intervals;
    const between = { kind: 'time', time: new Date(Date.parse(next?.from?.time ?? '') - 20) } as const;
    const refused = await planned(vault, between).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: expect.stringMatching(/moment-(in-gap|before-base)/) });
    expect(first?.to.lsn).toBeDefined();
  } finally {
    await Promise.all(writers.map((writer) => writer.stop().catch(() => {})));
    await server.stop();
    vault.remove();
  }
});
