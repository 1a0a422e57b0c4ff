import { type KeptFile, timeOfRecord } from '../attest/read-records.ts';
import type { Period } from './evidence-report.ts';

const DAY_MS = 24 * 3_600_000;
/** A record is written when something ends, and counts for when it began: so long can both be apart. */
const LONGEST_RUN_MS = 2 * DAY_MS;

export function isIn({ from, to }: Period, time: Date | string): boolean {
  const at = new Date(time).getTime();
  return at >= from.getTime() && at < to.getTime();
}

/** The records that can be about this period, and the last one before it: what lies between them counts, too. */
export function filesOfPeriod(files: readonly KeptFile[], { from, to }: Period): KeptFile[] {
  const timed = files
    .map((file) => ({ file, at: timeOfRecord(file).getTime() }))
    .sort((a, b) => a.at - b.at || (a.file.key < b.file.key ? -1 : 1));
  const within = timed.filter(({ at }) => at >= from.getTime() && at < to.getTime() + LONGEST_RUN_MS);
  const before = timed.filter(({ at }) => at < from.getTime()).at(-1);
  return [...(before ? [before] : []), ...within].map(({ file }) => file);
}
