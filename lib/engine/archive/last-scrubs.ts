import { inParallel } from '../ground/in-parallel.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import type { BackupPlace } from './keys.ts';
import { nameOfBackup } from './listing.ts';
import { lastScrubRecord, type ScrubRecord, scrubRecordKeys } from './scrub-record.ts';

const REQUESTS_AT_ONCE = 8;

/** The newest record of a scrub for each backup, by the backup's name. Absent: nobody has written that it was read. */
export async function lastScrubs(
  store: ObjectStore,
  places: readonly BackupPlace[],
  options: GetOptions,
): Promise<Map<string, ScrubRecord>> {
  const folders = Map.groupBy(places, ({ retentionClass, source }) => `${retentionClass}/${source}`);
  const found = await inParallel([...folders.values()], REQUESTS_AT_ONCE, async (some) => {
    const [first] = some;
    const keys = first ? await scrubRecordKeys(store, first, options) : new Map<string, string[]>();
    return await inParallel(some, REQUESTS_AT_ONCE, async (place) => {
      const name = nameOfBackup(place);
      const record = await lastScrubRecord(store, place, keys.get(name) ?? [], options);
      return record ? [[name, record] as const] : [];
    });
  });
  return new Map(found.flat(2));
}
