import { InvalidScheduleError } from './invalid-schedule-error.ts';
import { fromDayNumber, toDayNumber } from './local-date.ts';
import { type CronSchedule, parseSchedule, type Run, runsOnDates, type Schedule } from './schedule.ts';

const HORIZON_DAYS = 2 * 366;

/**
 * The longest time between two runs over the two years after `now`, in milliseconds: 24 hours for a daily
 * schedule in UTC, 25 hours in a zone where clocks go back an hour in autumn.
 *
 * Throws {@link InvalidScheduleError} if there are not two runs, or if a run falls into the hour that clocks
 * skip in spring and no other run makes up for it. EventBridge Scheduler skips that run, so a nightly backup
 * at 02:00 in Berlin would miss a night each year, and an alarm that tolerated this would be a day late all
 * year round.
 */
export function longestGapMs(schedule: Schedule, now: Date): number {
  if (schedule.kind === 'rate') return schedule.everyMs;
  const today = toDayNumber(schedule.zone.localDate(now));
  let longest = 0;
  let longestOverSkipped = 0;
  let skipped: Run | undefined;
  let firstHarmfulSkip: Run | undefined;
  let previous: Date | undefined;
  for (const run of runsOnDates(schedule, fromDayNumber(today), fromDayNumber(today + HORIZON_DAYS))) {
    if (run.instant === undefined) {
      skipped ??= run;
      continue;
    }
    if (previous !== undefined) {
      const gap = run.instant.getTime() - previous.getTime();
      if (skipped === undefined) longest = Math.max(longest, gap);
      else if (gap > longestOverSkipped) {
        longestOverSkipped = gap;
        firstHarmfulSkip = skipped;
      }
    }
    skipped = undefined;
    previous = run.instant;
  }
  if (longest === 0) throw new InvalidScheduleError('does not run twice within the next two years');
  if (firstHarmfulSkip !== undefined && longestOverSkipped > longest) {
    throw new InvalidScheduleError(skippedClause(firstHarmfulSkip, schedule));
  }
  return longest;
}

/** Like {@link longestGapMs}, for the expression and the time zone as a person wrote them. */
export function longestGapOf(expression: string, timeZone: string, now: Date): number {
  return longestGapMs(parseSchedule(expression, timeZone), now);
}

function skippedClause(run: Run, schedule: CronSchedule): string {
  const { year, month, day } = run.date;
  const two = (number: number) => String(number).padStart(2, '0');
  const time = `${two(Math.floor(run.minutesOfDay / 60))}:${two(run.minutesOfDay % 60)}`;
  return (
    `${time} does not exist in ${schedule.zone.name} on ${year}-${two(month)}-${two(day)}, when clocks go forward, ` +
    'and EventBridge Scheduler skips such a run; choose a time outside that hour, or UTC'
  );
}
