import { readEntry } from '../../archive/changes/change-log.ts';
import type { LogEntry } from '../../archive/changes/change-records.ts';
import { undefinedIfDamaged } from '../../archive/changes/record-file.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { EpochLog } from './epoch-log.ts';

/**
 * The number of the first entry from one on that something holds of, and of all after it, by bisecting: 17 reads of a log of 100,000
 * entries. One after the head if it holds of none. Undefined if `holds` does not know, because an entry was written without a sum.
 * Of an entry that is damaged it is taken to hold: whoever needs what is behind it reads it then, and is refused.
 */
export async function firstEntry(
  store: ObjectStore,
  { epoch, head }: EpochLog,
  from: number,
  holds: (entry: LogEntry) => boolean | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  const ofHead = holds(head);
  if (!ofHead) return ofHead === undefined ? undefined : head.number + 1;
  let [low, high] = [from, head.number];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const entry = await readEntry(store, epoch.record, middle, signal).catch(undefinedIfDamaged);
    const found = entry ? holds(entry.record) : true;
    if (found === undefined) return undefined;
    if (found) high = middle;
    else low = middle + 1;
  }
  return low;
}
