import { parseScrubRecordKey } from '../archive/keys.ts';
import { type ListOptions, nameOfBackup, type VaultListing } from '../archive/listing.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ExpiryMarks } from './expiry-marks.ts';

const REQUESTS_AT_ONCE = 8;

/**
 * Marks the records of scrubs about backups of which nothing is left in the vault. As long as a part of a backup is there,
 * somebody may ask when it was last read.
 */
export async function markOrphanedScrubs(
  store: ObjectStore,
  marks: ExpiryMarks,
  { backups, unfinished, manifestGone, remnants, rowsCopies, folders }: VaultListing,
  options: ListOptions,
): Promise<void> {
  const places = [
    ...backups.map(({ place }) => place),
    ...unfinished,
    ...manifestGone,
    ...remnants,
    ...rowsCopies,
  ];
  const there = new Set(places.map(nameOfBackup));
  for (const ofSource of folders.ofSources) {
    const folder = `${ofSource}scrubs/`;
    const orphans = (await store.list(folder, options)).objects.filter(({ key }) => {
      const place = parseScrubRecordKey(key);
      return place !== undefined && !there.has(nameOfBackup(place));
    });
    await inParallel(orphans, REQUESTS_AT_ONCE, async ({ key }) => {
      if (!(await marks.isMarked(key, options))) await marks.mark(key, options);
    });
  }
}
