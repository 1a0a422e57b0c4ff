import type { ScheduledClass } from '../contract/retention-classes.ts';
import { weekNumber } from './local-date.ts';
import { previousRun, type Schedule } from './schedule.ts';

/**
 * The class of the backup that a schedule's run at `slot` makes. The first run of a month makes the monthly
 * backup, the first run of a week (from Sunday) the weekly one, and every other run a daily one. So one
 * schedule serves all three classes, and never reads the source twice for them. A schedule without Sundays or
 * the first of the month still gets its weekly and monthly backups. Months and weeks are in the schedule's
 * time zone.
 */
export function retentionClassOfRun(schedule: Schedule, slot: Date): ScheduledClass {
  const before = previousRun(schedule, slot);
  if (before === undefined) return 'monthly';
  const date = schedule.zone.localDate(slot);
  const earlier = schedule.zone.localDate(before);
  if (date.year !== earlier.year || date.month !== earlier.month) return 'monthly';
  return weekNumber(date) === weekNumber(earlier) ? 'daily' : 'weekly';
}
