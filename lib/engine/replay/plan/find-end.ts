import { readEntry } from '../../archive/changes/change-log.ts';
import type { LogEntry, SoFar } from '../../archive/changes/change-records.ts';
import { lsnOf } from '../../pgoutput/lsn.ts';
import type { BeginMessage } from '../../pgoutput/messages.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { visibleIn } from '../visibility.ts';
import type { Base } from './bases.ts';
import { begunTransactions } from './begun-transactions.ts';
import { type EpochLog, entriesFrom } from './epoch-log.ts';
import { firstEntry } from './first-entry.ts';
import { microsOf, type PlannedMoment, type ShownTransaction, type Target } from './moment.ts';
import { segmentsOf } from './segment-text.ts';
import { shownTransaction } from './shown-transaction.ts';

/** Where a moment lies in a log. */
export interface End extends Pick<PlannedMoment, 'last' | 'next' | 'changes'> {
  /** The entry that holds the moment; undefined: all that was captured is before it. */
  readonly to: number | undefined;
  /** Undefined for a time that no captured transaction is later than. */
  readonly until: bigint | undefined;
}

interface Search {
  readonly store: ObjectStore;
  readonly log: EpochLog;
  readonly target: Target;
  readonly signal: AbortSignal;
}

/**
 * Finds the first commit that is not part of a moment, from the entry on that its base needs. Entries before the one that holds it
 * are not read: their sums are.
 */
export async function findEnd(search: Search, base: Base, from: number): Promise<End> {
  const { store, log, target, signal } = search;
  const isSeen = visibleIn(base.snapshot);
  const start = await firstThatMayHold(search, from);
  const skipped = start > from ? await sumOf(search, from, start - 1) : undefined;
  let last = skipped?.last;
  const changes = { storedBytes: 0, rawBytes: 0, transactions: 0, ...skipped?.changes };
  let until = target.kind === 'lsn' ? target.lsn : undefined;
  for await (const entry of start > log.head.number ? [] : entriesFrom(store, log, start, signal)) {
    const { segment } = entry;
    let next: ShownTransaction | undefined;
    if (segment) {
      changes.storedBytes += segment.sizeBytes;
      changes.rawBytes += segment.rawBytes;
      changes.transactions += segment.transactions;
      const mayEnd =
        until === undefined ? mayHoldTime(segment.latestCommitAt, target) : lsnOf(entry.to) >= until;
      if (!mayEnd) last = entry.lastTransaction ?? last;
      else {
        for await (const text of segmentsOf(store, log, [entry], signal)) {
          for await (const one of begunTransactions(text)) {
            if (until === undefined ? isLater(one, target) : one.finalLsn >= until) {
              until ??= one.finalLsn;
              next = shownTransaction(one);
              break;
            }
            if (!isSeen(one)) last = shownTransaction(one);
          }
        }
      }
    }
    if (next || (until !== undefined && lsnOf(entry.to) >= until))
      return { to: entry.number, until, last, next, changes };
  }
  return { to: undefined, until, last, next: undefined, changes };
}

/**
 * The number of the first entry that the moment may lie in: places in the WAL rise from entry to entry, and so does
 * the latest commit time so far. `from` if the log was written without such sums; one after the head if there is none.
 */
async function firstThatMayHold({ store, log, target, signal }: Search, from: number): Promise<number> {
  const mayHold = (entry: LogEntry): boolean | undefined => {
    if (!entry.soFar) return undefined;
    return target.kind === 'lsn'
      ? lsnOf(entry.to) >= target.lsn
      : mayHoldTime(entry.soFar.latestCommitAt ?? '', target);
  };
  return (await firstEntry(store, log, from, mayHold, signal)) ?? from;
}

/** What the entries from one to another have, from their sums alone. */
async function sumOf({ store, log, signal }: Search, from: number, to: number) {
  const read = async (number: number) => (await readEntry(store, log.epoch.record, number, signal)).record;
  const [first, end] = [await read(from), to === log.head.number ? log.head : await read(to)];
  const more = (name: keyof Omit<SoFar, 'latestCommitAt'>, ofFirst = 0) =>
    (end.soFar?.[name] ?? 0) - (first.soFar?.[name] ?? 0) + ofFirst;
  return {
    last: end.lastTransaction,
    changes: {
      storedBytes: more('storedBytes', first.segment?.sizeBytes),
      rawBytes: more('rawBytes', first.segment?.rawBytes),
      transactions: more('transactions', first.segment?.transactions),
    },
  };
}

/** Commit times need not rise, so only the latest tells whether one is beyond. */
function mayHoldTime(latestCommitAt: string | undefined, target: Target): boolean {
  if (target.kind !== 'time') return false;
  // Records round down to milliseconds.
  return latestCommitAt === undefined || new Date(latestCommitAt) >= target.time;
}

function isLater({ committedAtMicros }: BeginMessage, target: Target): boolean {
  return target.kind === 'time' && committedAtMicros > microsOf(target);
}
