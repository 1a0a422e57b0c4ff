import { type KeptFile, type ReadRecord, readRecords, timeOfRecord } from '../attest/read-records.ts';
import type { RecordKind } from '../attest/statement.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import type { Period } from './evidence-report.ts';

const DAY_MS = 24 * 3_600_000;
/** A record is written when something ends, and counts for when it began: so long can both be apart. */
const LONGEST_RUN_MS = 2 * DAY_MS;

export function isIn({ from, to }: Period, time: Date | string): boolean {
  const at = new Date(time).getTime();
  return at >= from.getTime() && at < to.getTime();
}

/** The records that can be about this period. */
export function filesOfPeriod(files: readonly KeptFile[], { from, to }: Period): KeptFile[] {
  return inOrder(files).flatMap(({ file, at }) =>
    at >= from.getTime() && at < to.getTime() + LONGEST_RUN_MS ? [file] : [],
  );
}

/** So many are read at a time before the period: usually the newest of them counts. */
const READ_BACK_AT_ONCE = 8;

/**
 * Reads the records that can be about a period, and those before it back to one that counts: how long it has been without
 * one when the period begins is told from there, and a drill that failed in between does not shorten it. The oldest first.
 */
export async function readBackTo<Kind extends RecordKind>(
  store: ObjectStore,
  kind: Kind,
  files: readonly KeptFile[],
  { period, counts }: { readonly period: Period; readonly counts: (record: ReadRecord<Kind>) => boolean },
  options: GetOptions,
): Promise<ReadRecord<Kind>[]> {
  const within = await readRecords(store, kind, filesOfPeriod(files, period), options);
  const earlier = inOrder(files).flatMap(({ file, at }) => (at < period.from.getTime() ? [file] : []));
  const before: ReadRecord<Kind>[] = [];
  while (earlier.length > 0 && !before.some(counts)) {
    const some = earlier.splice(-READ_BACK_AT_ONCE);
    before.unshift(...(await readRecords(store, kind, some, options)));
  }
  return [...before.slice(Math.max(0, before.findLastIndex(counts))), ...within];
}

function inOrder(files: readonly KeptFile[]) {
  return files
    .map((file) => ({ file, at: timeOfRecord(file).getTime() }))
    .sort((a, b) => a.at - b.at || (a.file.key < b.file.key ? -1 : 1));
}
