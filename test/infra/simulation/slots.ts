import { fromDayNumber, toDayNumber } from '../../../lib/schedule/local-date.ts';
import { parseSchedule, runsOnDates } from '../../../lib/schedule/schedule.ts';

/** Moments of a schedule from the deployment on. A rate begins at once (EventBridge Scheduler User Guide, "Schedule types"). */
export function slotsOf(
  expression: string,
  timeZone: string,
  { deployedAtMs, endMs }: { readonly deployedAtMs: number; readonly endMs: number },
): number[] {
  const schedule = parseSchedule(expression, timeZone);
  if (schedule.kind === 'rate') {
    const count = Math.ceil((endMs - deployedAtMs) / schedule.everyMs);
    return Array.from({ length: count }, (_, index) => deployedAtMs + index * schedule.everyMs);
  }
  const day = (ms: number) => toDayNumber(schedule.zone.localDate(new Date(ms)));
  const runs = runsOnDates(schedule, fromDayNumber(day(deployedAtMs)), fromDayNumber(day(endMs)));
  return [...runs].flatMap(({ instant }) =>
    instant && instant.getTime() >= deployedAtMs ? [instant.getTime()] : [],
  );
}
