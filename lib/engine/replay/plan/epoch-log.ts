import { entryKey } from '../../archive/changes/change-keys.ts';
import { extentOfLog, findEntry, readEntry, readLog } from '../../archive/changes/change-log.ts';
import type { Epoch, LogEntry } from '../../archive/changes/change-records.ts';
import { type Filed, recordDamaged, undefinedIfDamaged } from '../../archive/changes/record-file.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { SnapshotXids } from '../visibility.ts';

/** The log of one epoch, with the entries that it has. */
export interface EpochLog {
  readonly epoch: Filed<Epoch>;
  readonly first: number;
  readonly head: LogEntry;
}

/** Entries at the end of a log that may be damaged, and those before them are read all the same. */
const MOST_DAMAGED = 16;

/** Undefined if nothing was captured in it yet. Its head is the newest entry that can be read. */
export async function openLog(
  store: ObjectStore,
  epoch: Filed<Epoch>,
  signal: AbortSignal,
): Promise<EpochLog | undefined> {
  const extent = await extentOfLog(store, epoch.record, signal);
  if (!extent) return undefined;
  const oldest = Math.max(extent.first, extent.last - MOST_DAMAGED);
  for (let number = extent.last; number > oldest; number -= 1) {
    const head = await readEntry(store, epoch.record, number, signal).catch(undefinedIfDamaged);
    if (head) return { epoch, first: extent.first, head: head.record };
  }
  const { record: head } = await readEntry(store, epoch.record, oldest, signal);
  return { epoch, first: extent.first, head };
}

/**
 * The number of the entry from which a base needs the log: the last one whose `nextXid`, read before its stream was, is not
 * above the snapshot's xmin. Whatever the snapshot does not show has begun after that, and so has its commit. Undefined:
 * no entry that is left is old enough. The epoch's own `nextXid` counts as that of its first entry.
 *
 * The rules of a bucket hide old entries in no order, so for some hours a log may begin with holes. An entry that is not
 * there counts as older than what the base needs. If the search ends at it, the base's entries have expired, or the log is
 * damaged; `ofMissing` says how to take that.
 */
export async function firstNeeded(
  store: ObjectStore,
  { epoch, first, head }: EpochLog,
  { xmin }: SnapshotXids,
  signal: AbortSignal,
  ofMissing: 'expired' | 'damaged' = 'expired',
): Promise<number | undefined> {
  let isWhole = true;
  /** Undefined if the entry is damaged. */
  const nextXidOf = async (number: number) => {
    try {
      const entry = await findEntry(store, epoch.record, number, signal);
      if (entry) return BigInt(entry.record.nextXid);
    } catch (error) {
      if (ofMissing === 'damaged') throw error;
      return undefinedIfDamaged(error);
    }
    isWhole = false;
    return 0n;
  };
  const isOldEnough = async (number: number) => ((await nextXidOf(number)) ?? 0n) <= xmin;
  if (first === 1 && BigInt(epoch.record.nextXid) > xmin && !(await isOldEnough(1))) return undefined;
  if (first > 1 && !(await isOldEnough(first))) return undefined;
  let [low, high] = [first, head.number];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    // A damaged entry does not tell, the first readable one after it does.
    let asked = middle;
    let xid = await nextXidOf(asked);
    while (xid === undefined && asked < high) xid = await nextXidOf(++asked);
    if (xid !== undefined && xid <= xmin) low = asked;
    else high = middle - 1;
  }
  if (isWhole || (await store.head(entryKey(epoch.record, low), { signal }))) return low;
  if (ofMissing === 'expired') return undefined;
  throw recordDamaged(entryKey(epoch.record, low), 'is not in the vault');
}

/** The entries from a number on, in their order, each checked to continue the one before. */
export function entriesFrom(
  store: ObjectStore,
  { epoch, first, head }: EpochLog,
  from: number,
  signal: AbortSignal,
  to = head.number,
): AsyncGenerator<LogEntry> {
  return readLog(store, epoch, { from, to, extent: { first, last: head.number } }, signal);
}
