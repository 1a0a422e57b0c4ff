import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { parseScrubRecordKey } from '../archive/keys.ts';
import { nameOfBackup } from '../archive/listing.ts';
import { lastScrubRecord, scrubRecordKeys } from '../archive/scrub-record.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import { compare } from './backups-taken.ts';
import type { Period, ScrubDone } from './evidence-report.ts';
import { isIn } from './in-period.ts';

const READS_AT_ONCE = 8;

/** What scrubs found in the backups of a source. Their records expire with the backups. The oldest first. */
export async function scrubsDone(
  store: ObjectStore,
  source: string,
  period: Period,
  options: GetOptions,
): Promise<ScrubDone[]> {
  const folders = await inParallel(RETENTION_CLASSES, READS_AT_ONCE, (retentionClass) =>
    scrubRecordKeys(store, { retentionClass, source }, options),
  );
  const keys = folders.flatMap((byBackup) => [...byBackup.values()].flat());
  const read = await inParallel(keys, READS_AT_ONCE, async (key): Promise<ScrubDone[]> => {
    const place = parseScrubRecordKey(key);
    const record = place && (await lastScrubRecord(store, place, [key], options));
    if (!place || !record || !isIn(period, record.endedAt)) return [];
    const { endedAt, verdict, problems, moreProblems } = record;
    return [{ name: nameOfBackup(place), endedAt, verdict, problems: problems.length + moreProblems }];
  });
  return read.flat().sort((a, b) => compare(a.endedAt, b.endedAt) || compare(a.name, b.name));
}
