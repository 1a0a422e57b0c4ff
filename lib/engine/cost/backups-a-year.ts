import { RETENTION_CLASSES, type RetentionClass } from '../../contract/retention-classes.ts';
import { retentionClassOfRun } from '../../schedule/retention-class.ts';
import { previousRun, type Schedule } from '../../schedule/schedule.ts';

const YEAR_MS = 365 * 86_400_000;
/** A schedule that runs more often than this is counted by its mean: nobody backs up every minute. */
const MOST_RUNS = 9000;

/** How many backups of each class a schedule makes in the year before `until`. */
export function backupsAYear(schedule: Schedule, until: Date): Readonly<Record<RetentionClass, number>> {
  const counts: Record<RetentionClass, number> = { daily: 0, weekly: 0, monthly: 0, manual: 0 };
  const first = until.getTime() - YEAR_MS;
  let runs = 0;
  let run = previousRun(schedule, until);
  while (run !== undefined && run.getTime() >= first && runs < MOST_RUNS) {
    counts[retentionClassOfRun(schedule, run)] += 1;
    runs += 1;
    run = previousRun(schedule, run);
  }
  const seen = run === undefined ? YEAR_MS : Math.min(YEAR_MS, until.getTime() - run.getTime());
  for (const name of RETENTION_CLASSES) counts[name] = Math.round((counts[name] * YEAR_MS) / seen);
  return counts;
}

/** How many runs a schedule has in a month, on average of a year. */
export function runsAMonth(schedule: Schedule, until: Date): number {
  return Object.values(backupsAYear(schedule, until)).reduce((sum, one) => sum + one, 0) / 12;
}
