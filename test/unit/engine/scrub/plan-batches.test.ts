import { expect, it } from 'vitest';
import type { Chunk, Manifest } from '../../../../lib/engine/archive/manifest.ts';
import { BatchFiller, tasksOf } from '../../../../lib/engine/scrub/plan-batches.ts';
import type { ScrubBatch } from '../../../../lib/engine/scrub/scrub-batch.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const { manifest } = await writeFixtureArchive(new MemoryStore());
const GB = 1024 ** 3;

/** A table with the name as long as a key has it at most. */
function chunks(count: number, sizeBytes: number, rawBytes = sizeBytes * 3): Chunk[] {
  const folder = `monthly/${'s'.repeat(63)}/20261120T020000Z-abcdef/k3f9aqxz/data`;
  return Array.from({ length: count }, (_, index) => ({
    key: `${folder}/${String(index).padStart(6, '0')}-${'t'.repeat(80)}.0001.copy.zst.age`,
    ...{ sizeBytes, rawBytes, rows: 1_000_000, sha256: 'a'.repeat(64), digest: 'b'.repeat(16) },
  }));
}

function batchesOf(of: Chunk[]): ScrubBatch[] {
  const [table] = manifest.tables;
  if (!table) throw new Error('the fixture has tables');
  const large: Manifest = { ...manifest, tables: [{ ...table, chunks: of }] };
  const filler = new BatchFiller();
  const batches: ScrubBatch[] = [];
  const file = { manifest: large, sha256: 'c'.repeat(64), bytes: Buffer.alloc(0) };
  for (const task of tasksOf(FIXTURE_PLACE, file)) batches.push(...[filler.add(task) ?? []].flat());
  return [...batches, ...[filler.rest() ?? []].flat()];
}

const keysOf = (batches: ScrubBatch[]) =>
  batches.flatMap(({ tasks }) =>
    tasks.flatMap((task) => (task.kind === 'chunks' ? task.chunks.map(({ key }) => key) : [])),
  );

it('100,000 objects become batches that fit into the input of a state, and none is lost', () => {
  const all = chunks(100_000, 4000);
  const batches = batchesOf(all);
  const own = manifest.largeObjects.chunks.map(({ key }) => key);
  expect(keysOf(batches)).toEqual([...all.map(({ key }) => key), ...own]);
  // AWS Step Functions Developer Guide, "Quotas related to task executions": 256 KiB.
  const largest = Math.max(...batches.map((batch) => Buffer.byteLength(JSON.stringify(batch))));
  expect(largest).toBeLessThan(200 * 1024);
  // As the list is one execution of 10,000 children at most in the console, and each costs three transitions.
  expect(batches.length).toBeLessThan(1000);
});

it('a batch holds no more than a function reads in a minute, but for one object that is larger', () => {
  const batches = batchesOf([...chunks(10, 0.9 * GB), ...chunks(1, 30 * GB), ...chunks(3, 10)]);
  for (const { tasks } of batches) {
    const sizes = tasks.flatMap((task) =>
      task.kind === 'chunks' ? task.chunks.map(({ sizeBytes }) => sizeBytes) : [],
    );
    const sum = sizes.reduce((a, b) => a + b, 0);
    expect(sum <= 2 * GB || sizes.length === 1).toBe(true);
  }
});

it('tasks are numbered, so that one that was lost is missed', () => {
  const numbers = batchesOf(chunks(5, 1.5 * GB)).flatMap(({ tasks }) => tasks.map(({ number }) => number));
  expect(numbers).toEqual(numbers.map((_, index) => index));
});
