import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { entryKey, epochKey, newSegmentKey } from '../../../../../lib/engine/archive/changes/change-keys.ts';
import { readLog, writeEntry } from '../../../../../lib/engine/archive/changes/change-log.ts';
import { changeProofKey } from '../../../../../lib/engine/archive/changes/change-proof.ts';
import { readEpochs, writeEpoch } from '../../../../../lib/engine/archive/changes/epochs.ts';
import { readSegment, storeSegment } from '../../../../../lib/engine/archive/changes/segments.ts';
import { copyAllChanges, copyChanges } from '../../../../../lib/engine/keep/changes/copy-changes.ts';
import { MemoryStore } from '../../../../support/memory-store.ts';
import { entryAfter, SAMPLE_EPOCH } from '../../../../support/sample-changes.ts';

const PLACE = { source: 'shop', epoch: 1 };
const { signal } = new AbortController();

/** A log whose third entry has a segment in an object of its own. */
async function captured(length: number) {
  const store = new MemoryStore();
  const epoch = await writeEpoch(store, SAMPLE_EPOCH);
  let last: Parameters<typeof entryAfter>[0] = { record: { to: SAMPLE_EPOCH.from }, sha256: epoch.sha256 };
  for (let number = 1; number <= length; number += 1) {
    const entry = entryAfter(last, number);
    async function* text() {
      yield randomBytes(200_000);
    }
    const stored =
      number === 3
        ? await storeSegment({ store, key: newSegmentKey(PLACE, 3, false), signal }, text())
        : undefined;
    const segment = stored && { ...stored, rawBytes: 200_000, messages: 1, transactions: 1 };
    last = await writeEntry(store, { ...entry, ...(segment && { segment }) });
  }
  return store;
}

const copyOf = (from: MemoryStore, to: MemoryStore) => copyChanges({ from, to, source: 'shop', signal });

it('a copy of captured changes is the same, byte for byte, and goes on where an earlier one ended', async () => {
  const from = await captured(6);
  const to = new MemoryStore();
  // As after a cut: the segment is there, its entry is not.
  for (const number of [1, 2])
    to.objects.set(entryKey(PLACE, number), from.objects.get(entryKey(PLACE, number)) as Buffer);
  const [segment = ''] = [...from.objects.keys()].filter((key) => key.includes('/segments/'));
  to.objects.set(segment, from.objects.get(segment) as Buffer);
  to.requests.length = 0;
  expect(await copyOf(from, to)).toMatchObject({ outcome: 'copied', objects: 5 });
  expect([...to.objects].toSorted()).toEqual([...from.objects].toSorted());
  expect(to.requests).not.toContain(`get ${entryKey(PLACE, 1)}`);
  expect(await copyOf(from, to)).toMatchObject({ outcome: 'already-there', objects: 0 });
  const [epoch] = await readEpochs(to, 'shop');
  if (!epoch) throw new Error('no epoch');
  const entries = await Array.fromAsync(readLog(to, epoch));
  expect(entries).toHaveLength(6);
  const third = entries[2]?.segment;
  if (!third) throw new Error('no segment');
  expect(Buffer.concat(await Array.fromAsync(readSegment(to, third, signal)))).toHaveLength(200_000);
});

it('entries come in their order, each after its segment, so that a cut leaves a whole log', async () => {
  const from = await captured(4);
  const to = new MemoryStore();
  await copyOf(from, to);
  const written = [...to.objects.keys()];
  const segmentAt = written.findIndex((key) => key.includes('/segments/'));
  expect(written[0]).toBe(epochKey(PLACE));
  expect(written.indexOf(entryKey(PLACE, 2))).toBeLessThan(segmentAt);
  expect(written.indexOf(entryKey(PLACE, 3))).toBe(segmentAt + 1);
});

it('another history at the target is refused, and a damaged segment or entry is not copied', async () => {
  const from = await captured(6);
  const other = await captured(4);
  await expect(copyOf(from, other)).rejects.toMatchObject({ code: 'copy-changes-differ' });
  const [copy] = await copyAllChanges({ from, to: other, signal });
  expect(copy).toMatchObject({ source: 'shop', outcome: 'failed' });
  const [segment = ''] = [...from.objects.keys()].filter((key) => key.includes('/segments/'));
  (from.objects.get(segment) as Buffer).fill(0, 100, 101);
  (from.objects.get(segment) as Buffer).fill(255, 101, 102);
  const to = new MemoryStore();
  await expect(copyOf(from, to)).rejects.toMatchObject({ code: 'changes-damaged' });
  expect([...to.objects.keys()]).not.toContain(entryKey(PLACE, 3));
  expect([...to.objects.keys()]).not.toContain(changeProofKey(PLACE, 'x'));
});
