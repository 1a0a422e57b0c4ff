import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { firstEntryFor } from '../../../../../lib/engine/archive/changes/base.ts';
import { entryKey, newSegmentKey } from '../../../../../lib/engine/archive/changes/change-keys.ts';
import {
  extentOfLog,
  headOfLog,
  readLog,
  writeEntry,
} from '../../../../../lib/engine/archive/changes/change-log.ts';
import type { LogEntry } from '../../../../../lib/engine/archive/changes/change-records.ts';
import { newestEpoch, readEpochs, writeEpoch } from '../../../../../lib/engine/archive/changes/epochs.ts';
import { provenThrough } from '../../../../../lib/engine/archive/changes/log-proof.ts';
import { readSegment, storeSegment } from '../../../../../lib/engine/archive/changes/segments.ts';
import { MemoryStore } from '../../../../support/memory-store.ts';
import { entryAfter, SAMPLE_EPOCH } from '../../../../support/sample-changes.ts';

const PLACE = { source: 'shop', epoch: 1 };
const { signal } = new AbortController();

async function* once(...pieces: Uint8Array[]) {
  yield* pieces;
}

async function logOf(length: number) {
  const store = new MemoryStore();
  const epoch = await writeEpoch(store, SAMPLE_EPOCH);
  let last: { record: { to: string; number?: number }; sha256: string } = {
    record: { to: SAMPLE_EPOCH.from },
    sha256: epoch.sha256,
  };
  const entries: LogEntry[] = [];
  for (let number = 1; number <= length; number += 1) {
    const filed = await writeEntry(store, entryAfter(last, number));
    entries.push(filed.record);
    last = filed;
  }
  return { store, epoch, entries };
}

describe('the log of an epoch', () => {
  it('is read as it was written, beyond a thousand entries', async () => {
    const { store, epoch, entries } = await logOf(1003);
    expect(await Array.fromAsync(readLog(store, epoch))).toEqual(entries);
    expect(await extentOfLog(store, PLACE)).toEqual({ first: 1, last: 1003 });
    store.requests.length = 0;
    expect((await headOfLog(store, PLACE))?.record).toEqual(entries.at(-1));
    expect(store.requests).toHaveLength(4);
  });

  it('takes each number once', async () => {
    const { store, entries } = await logOf(2);
    const [first, second] = entries as [LogEntry, LogEntry];
    await expect(writeEntry(store, { ...second, to: 'FF/0' })).rejects.toMatchObject({
      code: 'object-exists',
    });
    // Its own, of which the answer was lost.
    expect((await writeEntry(store, first)).record).toEqual(first);
  });

  it('is refused when an entry is changed, exchanged or missing', async () => {
    const { store, epoch, entries } = await logOf(4);
    const key = entryKey(PLACE, 2);
    const read = () => Array.fromAsync(readLog(store, epoch));
    const good = store.objects.get(key) as Buffer;
    store.objects.set(key, Buffer.from(good.toString().replace('shop', 'shoq')));
    await expect(read()).rejects.toMatchObject({ code: 'changes-damaged' });
    store.objects.set(key, store.objects.get(entryKey(PLACE, 3)) as Buffer);
    await expect(read()).rejects.toMatchObject({ code: 'changes-damaged' });
    store.objects.delete(key);
    await expect(read()).rejects.toMatchObject({ code: 'changes-damaged' });
    await writeEntry(store, {
      ...(entries[1] as LogEntry),
      to: (entries[1] as LogEntry).to,
      clock: '2026-11-30T00:00:00.000Z',
    });
    await expect(read()).rejects.toMatchObject({
      code: 'changes-damaged',
      what: expect.stringContaining('continue'),
    });
  });

  it('says that its beginning has expired', async () => {
    const { store, epoch } = await logOf(3);
    store.objects.delete(entryKey(PLACE, 1));
    await expect(Array.fromAsync(readLog(store, epoch))).rejects.toMatchObject({ code: 'changes-expired' });
    expect(await Array.fromAsync(readLog(store, epoch, { from: 2 }))).toHaveLength(2);
  });

  it('finds the newest epoch, and takes each number once', async () => {
    const { store } = await logOf(1);
    await writeEpoch(store, { ...SAMPLE_EPOCH, epoch: 2, reason: 'slot-lost' });
    expect((await newestEpoch(store, 'shop'))?.record.epoch).toBe(2);
    expect(await newestEpoch(store, 'other')).toBeUndefined();
    expect(await readEpochs(store, 'shop')).toHaveLength(2);
    await expect(writeEpoch(store, { ...SAMPLE_EPOCH, epoch: 2 })).rejects.toMatchObject({
      code: 'object-exists',
    });
  });
});

describe('a segment', () => {
  it('is part of its entry while it is small, and an object when it is large', async () => {
    const store = new MemoryStore();
    const small = Buffer.from('message'.repeat(1000));
    const large = randomBytes(3_000_000);
    for (const text of [small, large]) {
      const key = newSegmentKey(PLACE, 1, false);
      const stored = await storeSegment(
        { store, key, signal },
        once(text.subarray(0, 100), text.subarray(100)),
      );
      const segment = { ...stored, key, rawBytes: text.length, messages: 1, transactions: 1 } as NonNullable<
        LogEntry['segment']
      >;
      expect(store.objects.has(key)).toBe(text === large);
      expect(segment.inline === undefined).toBe(text === large);
      expect(
        Buffer.concat(
          await Array.fromAsync(readSegment(store, segment, signal), (piece) => Buffer.from(piece)),
        ),
      ).toEqual(text);
      if (segment.inline === undefined) continue;
      const damaged = { ...segment, inline: `AAAA${segment.inline.slice(4)}` };
      await expect(Array.fromAsync(readSegment(store, damaged, signal))).rejects.toMatchObject({
        code: 'object-damaged',
      });
    }
    expect(
      await storeSegment({ store, key: newSegmentKey(PLACE, 2, false), signal }, once()),
    ).toBeUndefined();
  });
});

describe('a base', () => {
  const entries = [10n, 20n, 20n, 30n].map((nextXid, index) => ({
    number: index + 1,
    nextXid: String(nextXid),
  }));

  it.each([
    ['9:9:', 1],
    ['10:12:10', 1],
    ['20:25:', 3],
    ['29:40:29', 3],
    ['30:30:', 4],
    ['99:99:', 4],
  ])('with snapshot %s needs entries from %i on', (snapshot, first) => {
    expect(firstEntryFor({ snapshot }, entries)).toBe(first);
  });
});

describe('a segment is proven to have no change of the schema', () => {
  it('by a later snapshot that shows everything which may be in it', async () => {
    const { entries } = await logOf(3);
    const [one, two, three] = entries as [LogEntry, LogEntry, LogEntry];
    expect(provenThrough(SAMPLE_EPOCH, entries)).toBe(3);
    // A transaction that began before entry 2 still runs.
    const limbo = (entry: LogEntry): LogEntry => ({
      ...entry,
      before: { ...entry.before, xmin: one.nextXid },
      after: { ...entry.after, xmin: one.nextXid },
    });
    expect(provenThrough(SAMPLE_EPOCH, [one, limbo(two), limbo(three)])).toBe(1);
    const changed = {
      ...three,
      after: { ...three.after, catalogHash: 'f'.repeat(32) },
      before: { ...three.before, catalogHash: 'f'.repeat(32) },
    };
    expect(provenThrough(SAMPLE_EPOCH, [one, two, changed])).toBe(2);
    expect(provenThrough(SAMPLE_EPOCH, [])).toBe(0);
  });
});

it('needs an identity to open an encrypted segment, and only recipients to write one', async () => {
  const store = new MemoryStore();
  const recipient = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg';
  const key = newSegmentKey(PLACE, 1, true);
  const stored = await storeSegment(
    { store, key, signal, recipients: [recipient] },
    once(Buffer.from('text')),
  );
  const segment = { ...stored, key, rawBytes: 4, messages: 1, transactions: 1 } as NonNullable<
    LogEntry['segment']
  >;
  expect(Buffer.from(String(segment.inline), 'base64').toString('latin1')).toContain('age-encryption.org/v1');
  await expect(Array.fromAsync(readSegment(store, segment, signal))).rejects.toMatchObject({
    code: 'identity-missing',
  });
});
