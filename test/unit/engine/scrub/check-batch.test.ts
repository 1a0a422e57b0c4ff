import { expect, it } from 'vitest';
import { type BackupPlace, manifestKey } from '../../../../lib/engine/archive/keys.ts';
import { readManifestFile } from '../../../../lib/engine/archive/read-manifest.ts';
import { checkBatch } from '../../../../lib/engine/scrub/check-batch.ts';
import { batchesOfVault, type ListedForScrub } from '../../../../lib/engine/scrub/list-backups-to-scrub.ts';
import { tasksOf } from '../../../../lib/engine/scrub/plan-batches.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const STATE_LIMIT = 256 * 1024;

it('an answer fits into the output of a state however much is damaged, and no damage becomes none', async () => {
  const store = new MemoryStore();
  await writeFixtureArchive(store);
  const [texts, chunks] = [...tasksOf(FIXTURE_PLACE, await readManifestFile(store, FIXTURE_PLACE))].map(
    ({ task }) => task,
  );
  if (chunks?.kind !== 'chunks' || !texts) throw new Error('a backup has chunks');
  // Keys as long as S3 takes them, of characters that JSON writes with six.
  const missing = chunks.chunks.slice(0, 1).map((chunk) => ({ ...chunk, key: '\u0001'.repeat(900) }));
  for (const count of [1, 40, 400]) {
    const tasks = Array.from({ length: count }, (_, number) => ({ ...chunks, number, chunks: missing }));
    const results = await checkBatch(store, { tasks }, { isLast: true });
    expect(results).toHaveLength(count);
    expect(Buffer.byteLength(JSON.stringify({ results }))).toBeLessThan(STATE_LIMIT);
    for (const { problems } of results) expect(problems).not.toEqual([]);
  }
  // All of one task's problems are named where there is room.
  const many = { ...chunks, chunks: Array.from({ length: 400 }, () => ({ ...missing[0], key: 'gone' })) };
  const [whole] = await checkBatch(store, { tasks: [many as typeof chunks] });
  expect(whole?.problems).toHaveLength(400);
});

it('a manifest of a future version is named with what helps, and hides no other backup', async () => {
  const store = new MemoryStore();
  await writeFixtureArchive(store);
  const future: BackupPlace = { ...FIXTURE_PLACE, backupId: '20261230T020000Z' };
  await store.put(manifestKey(future), Buffer.from('{"format":99}\n'));
  const listed: ListedForScrub[] = [];
  const batches = await Array.fromAsync(batchesOfVault(store, listed));
  expect(batches).toHaveLength(1);
  const [newer, known] = listed.toSorted((a, b) => a.tasks - b.tasks);
  expect(known?.problems).toEqual([]);
  expect(newer?.problems).toMatchObject([
    { name: manifestKey(future), problem: expect.stringMatching(/archive format 99.*or a newer one/) },
  ]);
});
