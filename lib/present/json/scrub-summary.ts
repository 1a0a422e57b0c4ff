import type { ScrubRecord } from '../../engine/archive/scrub-record.ts';

/** When a backup was last read in full, and what was found. */
export interface ScrubSummary {
  readonly readAt: string;
  readonly verdict: ScrubRecord['verdict'];
  /** False if it is encrypted and nobody looked inside; null if it is not encrypted. */
  readonly opened: boolean | null;
  readonly problems: number;
}

/** Null if there is no record of a scrub. */
export function scrubSummaryOf(record: ScrubRecord | undefined): ScrubSummary | null {
  if (!record) return null;
  const { endedAt, verdict, opened, problems, moreProblems } = record;
  return { readAt: endedAt, verdict, opened, problems: problems.length + moreProblems };
}
