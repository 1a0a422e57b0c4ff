import * as v from 'valibot';
import type { DatabaseActivity } from './measures/database-activity.ts';

/** What the next run needs of this one, to know what happened in between. */
export interface Counters {
  readonly commits: number;
  readonly rollbacks: number;
  /** Of the statistics; if it has changed, they were reset in between. */
  readonly countedSince: string | null;
}

const number = v.pipe(v.number(), v.minValue(0));
export const countersSchema = v.object({
  commits: number,
  rollbacks: number,
  countedSince: v.nullable(v.string()),
});

export function countersOf({ commits, rollbacks, countedSince }: DatabaseActivity): Counters {
  return { commits, rollbacks, countedSince };
}

/** What was counted since the run before, or since the statistics began if there was none or they were reset. */
export function countedSince(
  now: Counters,
  before: Counters | undefined,
): { readonly commits: number; readonly rollbacks: number; readonly isSinceLastRun: boolean } {
  const commits = now.commits - (before?.commits ?? 0);
  const rollbacks = now.rollbacks - (before?.rollbacks ?? 0);
  // After a crash the counters begin anew, and the server does not say that they were reset.
  const isSinceLastRun =
    before !== undefined && before.countedSince === now.countedSince && commits >= 0 && rollbacks >= 0;
  return isSinceLastRun ? { commits, rollbacks, isSinceLastRun } : { ...now, isSinceLastRun };
}
