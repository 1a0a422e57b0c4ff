import type { LogEntry, Segment, SoFar } from './change-records.ts';

/** The sum after an entry. Undefined if the entries before were written without one. */
export function soFarWith(
  head: Pick<LogEntry, 'soFar'> | undefined,
  segment: Segment | undefined,
): SoFar | undefined {
  const before = head ? head.soFar : { storedBytes: 0, rawBytes: 0, transactions: 0 };
  if (!before || !segment) return before;
  const latest = later(before.latestCommitAt, segment.latestCommitAt);
  return {
    storedBytes: before.storedBytes + segment.sizeBytes,
    rawBytes: before.rawBytes + segment.rawBytes,
    transactions: before.transactions + segment.transactions,
    ...(latest === undefined ? {} : { latestCommitAt: latest }),
  };
}

function later(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Date.parse(one) >= Date.parse(other) ? one : other;
}
