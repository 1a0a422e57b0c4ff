import type { LogEntry } from '../../archive/changes/change-records.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { begunTransactions } from './begun-transactions.ts';
import { type EpochLog, entriesFrom } from './epoch-log.ts';
import { firstEntry } from './first-entry.ts';
import { segmentsOf } from './segment-text.ts';

const XIDS = 1n << 32n;
/** A commit that no flush waited for is in the stream of a later poll: after three times wal_writer_delay, 30 seconds at most. */
const LATE_COMMIT_MS = 60_000;

/**
 * The place of a transaction's commit record. Undefined if the log has no such transaction. Reads the segments from the first one that
 * can have it, up to where it had ended. A number of 32 bits, as the stream has it, means the newest transaction of that number.
 */
export async function findTransaction(
  store: ObjectStore,
  log: EpochLog,
  xid: bigint,
  signal: AbortSignal,
): Promise<bigint | undefined> {
  const wanted = Number(xid % XIDS);
  for (const whole of wholeXids(log, xid)) {
    // A transaction has its number before it commits: entries whose nextXidAfter is not above it have other ones.
    const mayHave = ({ nextXidAfter }: LogEntry) => BigInt(nextXidAfter) > whole;
    const from = await firstEntry(store, log, log.first, mayHave, signal);
    if (from === undefined) continue;
    let overAt = Number.POSITIVE_INFINITY;
    for await (const entry of entriesFrom(store, log, from, signal)) {
      for await (const segment of segmentsOf(store, log, [entry], signal))
        for await (const one of begunTransactions(segment)) if (one.xid === wanted) return one.finalLsn;
      const clock = Date.parse(entry.clock);
      if (BigInt(entry.before.xmin) > whole) overAt = Math.min(overAt, clock + LATE_COMMIT_MS);
      if (clock > overAt) break;
    }
  }
  return undefined;
}

/** The transactions of the log that a number can mean, newest first. */
function wholeXids({ epoch, head }: EpochLog, xid: bigint): bigint[] {
  const end = BigInt(head.nextXidAfter);
  if (xid >= XIDS) return xid < end ? [xid] : [];
  const found: bigint[] = [];
  // A transaction that commits in an epoch may have begun before it.
  const oldest = BigInt(epoch.record.nextXid) - XIDS / 2n;
  for (let one = (end / XIDS) * XIDS + xid; one >= 0n && one >= oldest; one -= XIDS)
    if (one < end) found.push(one);
  return found;
}
