import { expect, it } from 'vitest';
import { scrubRecordKey } from '../../../../lib/engine/archive/keys.ts';
import { listBackups } from '../../../../lib/engine/archive/listing.ts';
import { markOrphanedScrubs } from '../../../../lib/engine/keep/orphaned-scrubs.ts';
import { FIXTURE_PLACE, writeFixtureArchive } from '../../../support/archive-fixture.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

it('marks the records of backups that are gone, once, and no others', async () => {
  const store = new MemoryStore();
  await writeFixtureArchive(store);
  const at = new Date('2026-12-02T04:00:00Z');
  const gone = scrubRecordKey({ ...FIXTURE_PLACE, backupId: '20261101T020000Z' }, at);
  for (const key of [gone, scrubRecordKey(FIXTURE_PLACE, at), 'daily/shop/scrubs/notes.txt']) {
    await store.put(key, Buffer.from('{}'));
  }
  const marked: string[] = [];
  const marks = {
    isMarked: async (key: string) => marked.includes(key),
    mark: async (key: string) => void marked.push(key),
    isHeld: async () => false,
  };
  for (const _ of [1, 2]) await markOrphanedScrubs(store, marks, await listBackups(store), {});
  expect(marked).toEqual([gone]);
});
