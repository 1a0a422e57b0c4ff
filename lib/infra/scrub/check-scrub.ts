import { InvalidScheduleError } from '../../schedule/invalid-schedule-error.ts';
import { longestGapOf } from '../../schedule/longest-gap.ts';
import type { Problem } from '../problem.ts';

/** Monthly, on a day without a monthly backup, after the night's backups. */
export const DEFAULT_SCRUB = 'cron(0 4 2 * ? *)';

/** No scrubs. */
export const SCRUB_OFF = 'off';

/** A scrub may take two days: more often than that, one would begin before the last has ended. */
const SHORTEST_GAP_MS = 2 * 24 * 3_600_000;

/** Reports a schedule of scrubs that EventBridge Scheduler would not take, or that runs too often. */
export function checkScrub(scrub: string | undefined, now: Date): Problem[] {
  if (scrub === undefined || scrub === SCRUB_OFF) return [];
  try {
    return longestGapOf(scrub, 'UTC', now) >= SHORTEST_GAP_MS
      ? []
      : [
          {
            path: ['scrub'],
            message: `${scrub} is more often than every two days: a scrub reads every backup in full, and may take two days`,
          },
        ];
  } catch (error) {
    if (!(error instanceof InvalidScheduleError)) throw error;
    return [{ path: ['scrub'], message: `${error.message}; or "${SCRUB_OFF}"` }];
  }
}
