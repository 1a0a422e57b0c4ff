import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromDayNumber, toDayNumber } from '../../../lib/schedule/local-date.ts';
import { retentionClassOfRun } from '../../../lib/schedule/retention-class.ts';
import { parseSchedule, runsOnDates } from '../../../lib/schedule/schedule.ts';

function classOf(expression: string, slot: string, timeZone = 'UTC') {
  return retentionClassOfRun(parseSchedule(expression, timeZone), new Date(slot));
}

describe('the class of a scheduled backup', () => {
  it('of a daily schedule is monthly on the first, weekly on Sundays, else daily', () => {
    expect(classOf('cron(0 2 * * ? *)', '2026-12-01T02:00:00Z')).toBe('monthly');
    expect(classOf('cron(0 2 * * ? *)', '2026-11-22T02:00:00Z')).toBe('weekly');
    expect(classOf('cron(0 2 * * ? *)', '2026-11-23T02:00:00Z')).toBe('daily');
    // A Sunday that is the first of a month is kept for the longer time.
    expect(classOf('cron(0 2 * * ? *)', '2026-11-01T02:00:00Z')).toBe('monthly');
  });

  it('counts dates in the time zone of the schedule', () => {
    expect(classOf('cron(0 1 * * ? *)', '2026-11-30T23:30:00Z', 'Europe/Berlin')).toBe('monthly');
    expect(classOf('cron(0 23 * * ? *)', '2026-12-01T04:00:00Z', 'America/New_York')).toBe('daily');
  });

  it('promotes one run of several on the same day', () => {
    const day = ['00', '06', '12', '18'].map((hour) =>
      classOf('cron(0 0/6 * * ? *)', `2026-12-01T${hour}:00:00Z`),
    );
    expect(day).toEqual(['monthly', 'daily', 'daily', 'daily']);
    expect(classOf('rate(6 hours)', '2026-12-01T03:10:00Z')).toBe('monthly');
    expect(classOf('rate(6 hours)', '2026-12-01T09:10:00Z')).toBe('daily');
  });

  it('finds a weekly and a monthly backup for a schedule that never runs on Sunday or on the first', () => {
    expect(classOf('cron(0 2 ? * MON-FRI *)', '2026-11-23T02:00:00Z')).toBe('weekly');
    expect(classOf('cron(0 2 ? * MON-FRI *)', '2026-11-24T02:00:00Z')).toBe('daily');
    expect(classOf('cron(0 2 ? * MON-FRI *)', '2026-11-02T02:00:00Z')).toBe('monthly');
  });

  it('gives every month one monthly backup and every week one that outlives it, whatever the schedule', () => {
    const days = fc.constantFrom('* * ?', '? * MON-FRI', '? * TUE,SAT', '? * WED', '2/3 * ?');
    const hours = fc.constantFrom('3', '1,13', '0/6', '*');
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Africa/Cairo');
    fc.assert(
      fc.property(days, hours, zone, (day, hour, timeZone) => {
        const schedule = parseSchedule(`cron(0 ${hour} ${day} *)`, timeZone);
        if (schedule.kind !== 'cron') throw new Error('not a cron schedule');
        const first = toDayNumber({ year: 2027, month: 1, day: 1 });
        const monthly = new Map<number, number>();
        const kept = new Map<number, number>();
        for (const run of runsOnDates(schedule, fromDayNumber(first), fromDayNumber(first + 364))) {
          if (run.instant === undefined) continue;
          const month = run.date.month;
          const week = Math.floor((toDayNumber(run.date) + 4) / 7);
          const made = retentionClassOfRun(schedule, run.instant);
          monthly.set(month, (monthly.get(month) ?? 0) + (made === 'monthly' ? 1 : 0));
          kept.set(week, (kept.get(week) ?? 0) + (made === 'daily' ? 0 : 1));
        }
        expect([...monthly.values()]).toEqual(new Array(12).fill(1));
        // A month that begins within a week gives that week a monthly backup besides its weekly one. The first week of
        // 2027 began in 2026, which is not looked at.
        for (const count of [...kept.values()].slice(1)) expect([1, 2]).toContain(count);
      }),
      { numRuns: 10 },
    );
  });
});
