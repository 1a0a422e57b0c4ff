import { beforeAll, describe, expect, it } from 'vitest';
import { entryKey, epochKey } from '../../../../../lib/engine/archive/changes/change-keys.ts';
import type { LogEntry } from '../../../../../lib/engine/archive/changes/change-records.ts';
import { formatSealedJson } from '../../../../../lib/engine/archive/sealed-json.ts';
import { formatLsn, lsnOf } from '../../../../../lib/engine/pgoutput/lsn.ts';
import { listTransactions } from '../../../../../lib/engine/replay/plan/list-transactions.ts';
import type { Target } from '../../../../../lib/engine/replay/plan/moment.ts';
import { planMoment } from '../../../../../lib/engine/replay/plan/plan-moment.ts';
import { touchedTables } from '../../../../../lib/engine/replay/touched-tables.ts';
import { MemoryStore } from '../../../../support/memory-store.ts';
import {
  type SyntheticLog,
  type SyntheticOptions,
  syntheticLog,
} from '../../../../support/pitr/synthetic-log.ts';

const { signal } = new AbortController();
const PLACE = { source: 'stamped', epoch: 1 };

async function made(length: number, options?: SyntheticOptions) {
  const store = new MemoryStore();
  const log = await syntheticLog(store, length, options);
  store.requests.length = 0;
  const plan = (target: Target) => planMoment({ store, source: log.source, target, signal });
  return { store, log, plan };
}
type Made = Awaited<ReturnType<typeof made>>;

const at = ({ transactions }: SyntheticLog, entry: number) => {
  const one = transactions[entry - 1];
  if (!one) throw new RangeError(`there is no transaction ${entry}`);
  return one;
};
const time = (date: Date, plusMs = 0): Target => ({ kind: 'time', time: new Date(date.getTime() + plusMs) });

describe('the plan of a moment in a long log', () => {
  const LENGTH = 1500;
  let sums: Made;
  let plain: Made;
  beforeAll(async () => {
    sums = await made(LENGTH);
    plain = await made(LENGTH, { withoutSums: true });
  }, 120_000);

  it.each([2, 3, 1234, 1499, 1500])('is the same as by reading every entry: %i', async (entry) => {
    const { commitLsn, committedAt } = at(sums.log, entry);
    const targets: Target[] = [
      { kind: 'lsn', lsn: commitLsn },
      { kind: 'lsn', lsn: commitLsn + 1n },
      { kind: 'before-transaction', xid: BigInt(at(sums.log, entry).xid) },
      time(committedAt),
      time(committedAt, -1),
    ];
    for (const target of targets) {
      const [one, other] = [await sums.plan(target), await plain.plan(target)];
      const said = ({ until, last, next, sequences, entries, changes }: typeof one) => ({
        ...{ until: formatLsn(until), last, next, sequences, entries, changes },
      });
      // Compressed bytes are the same, too.
      expect(
        said(one),
        JSON.stringify(target, (_, value) => String(value)),
      ).toEqual(said(other));
    }
  });

  it('needs few requests, however long the log is', async () => {
    const { commitLsn, committedAt, xid } = at(sums.log, 1300);
    for (const target of [
      { kind: 'lsn', lsn: commitLsn } as const,
      time(committedAt),
      { kind: 'before-transaction', xid: BigInt(xid) } as const,
    ]) {
      sums.store.requests.length = 0;
      await sums.plan(target);
      expect(sums.store.requests.length, target.kind).toBeLessThan(160);
    }
    sums.store.requests.length = 0;
    const listed = await listTransactions({
      ...{ store: sums.store, source: sums.log.source, signal },
      ...{ around: committedAt, most: 10 },
    });
    expect(listed.map((one) => one.xid)).toContain(xid);
    expect(sums.store.requests.length).toBeLessThan(160);
  });

  it('shows the sequences as they were in the last entry that it needs', async () => {
    const moment = await sums.plan({ kind: 'lsn', lsn: at(sums.log, 1234).commitLsn });
    expect(moment.sequences.find(({ name }) => name === 'numbers')?.lastValue).toBe('1234');
  });

  it('finds no table to replay where no change lies', async () => {
    const moment = await sums.plan({ kind: 'lsn', lsn: at(sums.log, 40).commitLsn });
    expect([...(await touchedTables(sums.store, moment, signal))]).toEqual([]);
  });
});

describe('a moment', () => {
  it('has what committed at exactly its time, and nothing that committed a millisecond later', async () => {
    const { log, plan } = await made(20);
    const { xid, committedAt } = at(log, 10);
    expect((await plan(time(committedAt))).last?.xid).toBe(xid);
    expect((await plan(time(committedAt, -1))).next?.xid).toBe(xid);
    expect((await plan(time(committedAt, -1))).last?.xid).toBe(at(log, 9).xid);
  });

  it('is told from the next one by a microsecond, and commits of one microsecond stay together', async () => {
    const { log, plan } = await made(20, { skewMicros: (entry) => (entry === 11 ? 456 - 60_000_000 : 456) });
    const { xid, committedAt } = at(log, 10);
    expect(at(log, 11).committedAt).toEqual(committedAt);
    const asked = async (micros: number) => {
      const { last, next } = await plan({ kind: 'time', time: committedAt, micros });
      return [last?.xid, next?.xid];
    };
    expect(await asked(455)).toEqual([at(log, 9).xid, xid]);
    expect(await asked(456)).toEqual([at(log, 11).xid, at(log, 12).xid]);
    const { next } = await plan({ kind: 'time', time: committedAt });
    expect(next?.committedAt).toBe(committedAt.toISOString().replace('Z', '456Z'));
  });

  it.each([false, true])(
    'ends before the first later commit, in the order of commits, though times go backwards (%s)',
    async (withoutSums) => {
      // The commit of entry 4 says a time of twenty minutes later, and those after it are earlier again.
      const { log, plan } = await made(30, {
        withoutSums,
        skewMs: (entry) => (entry === 4 ? 20 * 60_000 : 0),
      });
      const moment = await plan(time(at(log, 20).committedAt));
      expect([moment.last?.xid, moment.next?.xid]).toEqual([at(log, 3).xid, at(log, 4).xid]);
      expect(moment.until).toBe(at(log, 4).commitLsn);
    },
  );

  it('ends at a place inside a transaction, at its commit record and behind it, as the place says', async () => {
    const { log, plan } = await made(20);
    const { commitLsn, xid } = at(log, 10);
    const end = async (lsn: bigint) => {
      const { last, next } = await plan({ kind: 'lsn', lsn });
      return [last?.xid, next?.xid];
    };
    const [before, after] = [at(log, 9).xid, at(log, 11).xid];
    // Its changes are in the WAL already, and its commit is not.
    expect(await end(commitLsn - 1n)).toEqual([before, xid]);
    expect(await end(commitLsn)).toEqual([before, xid]);
    // Behind the beginning of the commit record: no other commit follows in this entry.
    expect((await end(commitLsn + 1n))[0]).toBe(xid);
    expect(await end(at(log, 11).commitLsn)).toEqual([xid, after]);
    const head = log.entries.at(-1)?.to ?? '';
    expect((await plan({ kind: 'lsn', lsn: lsnOf(head) })).last?.xid).toBe(at(log, 20).xid);
    await expect(plan({ kind: 'lsn', lsn: lsnOf(head) + 1n })).rejects.toMatchObject({
      code: 'moment-not-captured',
    });
  });

  it('of the future is refused, and so are the last seconds before the newest capture', async () => {
    const { log, plan } = await made(20);
    const clock = new Date(log.entries.at(-1)?.clock ?? '');
    for (const plusMs of [3_600_000, 0, -4999])
      await expect(plan(time(clock, plusMs))).rejects.toMatchObject({ code: 'moment-not-captured' });
    expect((await plan(time(clock, -5000))).last?.xid).toBe(at(log, 20).xid);
  });

  it('before the first base is refused, and one before the first change', async () => {
    const { log, plan } = await made(20);
    await expect(plan(time(at(log, 1).committedAt))).rejects.toMatchObject({ code: 'moment-before-base' });
    await expect(plan({ kind: 'time', time: new Date(0) })).rejects.toMatchObject({
      code: 'moment-before-changes',
    });
  });

  it('in a gap is refused, and the refusal names the epoch and why it ended', async () => {
    const end = { reason: 'slot-lost', what: 'the slot was lost' } as const;
    const { log, plan } = await made(20, {
      edit: (entry: LogEntry) => (entry.number === 20 ? { ...entry, end } : entry),
    });
    const refused = plan(time(new Date(log.entries.at(-1)?.clock ?? ''), 60_000));
    await expect(refused).rejects.toMatchObject({
      code: 'moment-in-gap',
      what: expect.stringContaining('the slot was lost'),
    });
  });
});

describe('a log that somebody changed', () => {
  const target = ({ log }: Made, entry: number): Target => ({ kind: 'lsn', lsn: at(log, entry).commitLsn });
  const replayed = async (one: Made, entry: number) =>
    await touchedTables(one.store, await one.plan(target(one, entry)), signal);

  /** Other changes in an entry that continues the one before it as the true one did: only the one after it tells. */
  const forge = (number: number) => async (store: MemoryStore) => {
    const other = new MemoryStore();
    await syntheticLog(other, number, { skewMs: () => 1 });
    const key = entryKey(PLACE, number);
    const [{ sha256: _, ...entry }, { segment }] = [store, other].map((one) =>
      JSON.parse(String(one.objects.get(key))),
    );
    store.objects.set(key, formatSealedJson({ ...entry, segment }));
  };

  it.each([
    ['an entry is missing', (store: MemoryStore) => store.objects.delete(entryKey(PLACE, 15))],
    [
      'an entry is there twice',
      (store: MemoryStore) =>
        store.objects.set(entryKey(PLACE, 15), store.objects.get(entryKey(PLACE, 14)) as Buffer),
    ],
    [
      'an entry was edited',
      (store: MemoryStore) => {
        const key = entryKey(PLACE, 15);
        const text = String(store.objects.get(key)).replace('"messages": 2', '"messages": 3');
        store.objects.set(key, Buffer.from(text));
      },
    ],
    ['an entry was forged, with changes of its own, their digest and its checksum', forge(15)],
    ['the entry that holds the moment was forged so', forge(20)],
    [
      'the epoch was forged',
      (store: MemoryStore) => {
        const text = String(store.objects.get(epochKey(PLACE)));
        store.objects.set(epochKey(PLACE), Buffer.from(text.replace('"timeline": 1', '"timeline": 2')));
      },
    ],
  ] as const)('is not replayed: %s', async (_, damage) => {
    const one = await made(30);
    await damage(one.store);
    await expect(replayed(one, 20)).rejects.toMatchObject({ code: 'changes-damaged' });
  });

  it('is refused by the plan, before a row is changed, if an entry is missing that its bisecting does not read', async () => {
    const one = await made(1500);
    const read = new Set<string>();
    const { get } = one.store;
    one.store.get = (key, options) => {
      read.add(key);
      return get.call(one.store, key, options);
    };
    await one.plan(target(one, 1200));
    const unread = one.log.entries.find(({ number }) => number > 2 && !read.has(entryKey(PLACE, number)));
    one.store.objects.delete(entryKey(PLACE, unread?.number ?? 0));
    await expect(one.plan(target(one, 1200))).rejects.toMatchObject({
      code: 'changes-damaged',
      what: expect.stringContaining('is missing'),
    });
  });

  it.each([21, 22, 25, 29, 30])(
    'still shows the moments before an entry that is damaged or gone: %i',
    async (number) => {
      const one = await made(30);
      const before = await one.plan(target(one, 20));
      const key = entryKey(PLACE, number);
      const damages = [Buffer.from('{'), ...(number === 30 ? [] : [undefined])];
      for (const damage of damages) {
        if (damage) one.store.objects.set(key, damage);
        else one.store.objects.delete(key);
        const { until, entries, last, next, notes } = await one.plan(target(one, 20));
        expect({ until, entries, last, next, notes }).toEqual({
          ...{
            until: before.until,
            entries: before.entries,
            last: before.last,
            next: before.next,
            notes: [],
          },
        });
        expect([...(await replayed(one, 20))]).toEqual([]);
        // And none behind it.
        if (number < 30) await expect(replayed(one, 30)).rejects.toMatchObject({ code: 'changes-damaged' });
      }
    },
  );
});
