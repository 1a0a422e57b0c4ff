import type { ScheduledClass } from '../contract/retention-classes.ts';
import { weekNumber } from './local-date.ts';
import { previousRun, type Schedule } from './schedule.ts';

/**
 * The class of the backup that a schedule's run at `slot` makes: the first run of a month is its monthly backup, the
 * first run of a week (from Sunday) its weekly one, every other a daily one. So one schedule serves all three classes,
 * the source is never read twice for them, and a schedule that leaves out Sundays or the first of the month still gets
 * its weekly and monthly backups. Months and weeks are those of the schedule's time zone.
 */
export function retentionClassOfRun(schedule: Schedule, slot: Date): ScheduledClass {
  const before = previousRun(schedule, slot);
  if (before === undefined) return 'monthly';
  const date = schedule.zone.localDate(slot);
  const earlier = schedule.zone.localDate(before);
  if (date.year !== earlier.year || date.month !== earlier.month) return 'monthly';
  return weekNumber(date) === weekNumber(earlier) ? 'daily' : 'weekly';
}
