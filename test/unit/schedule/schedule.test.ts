import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromDayNumber, toDayNumber } from '../../../lib/schedule/local-date.ts';
import {
  type CronSchedule,
  parseSchedule,
  previousRun,
  runsOnDates,
} from '../../../lib/schedule/schedule.ts';

function cron(expression: string, timeZone = 'UTC'): CronSchedule {
  const schedule = parseSchedule(expression, timeZone);
  if (schedule.kind !== 'cron') throw new Error('not a cron schedule');
  return schedule;
}

function instants(schedule: CronSchedule, from: string, days: number): string[] {
  const first = toDayNumber(schedule.zone.localDate(new Date(from)));
  return [...runsOnDates(schedule, fromDayNumber(first), fromDayNumber(first + days - 1))].flatMap((run) =>
    run.instant === undefined ? [] : [run.instant.toISOString().slice(0, 16)],
  );
}

describe("the wildcards of AWS's cron", () => {
  it.each([
    ['cron(0 2 * * ? *)', ['2026-11-01T02:00', '2026-11-02T02:00', '2026-11-03T02:00']],
    [
      'cron(0,30 2-3 1 * ? *)',
      ['2026-11-01T02:00', '2026-11-01T02:30', '2026-11-01T03:00', '2026-11-01T03:30'],
    ],
    ['cron(0 5/9 2 NOV ? 2026)', ['2026-11-02T05:00', '2026-11-02T14:00', '2026-11-02T23:00']],
    [
      'cron(0 2 ? * SUN *)',
      ['2026-11-01T02:00', '2026-11-08T02:00', '2026-11-15T02:00', '2026-11-22T02:00', '2026-11-29T02:00'],
    ],
    [
      'cron(0 2 ? * 1 *)',
      ['2026-11-01T02:00', '2026-11-08T02:00', '2026-11-15T02:00', '2026-11-22T02:00', '2026-11-29T02:00'],
    ],
    ['cron(0 2 ? * 6#2 *)', ['2026-11-13T02:00']],
    ['cron(0 2 ? * FRIL *)', ['2026-11-27T02:00']],
    ['cron(0 2 L * ? *)', ['2026-11-30T02:00']],
    ['cron(0 2 1W * ? *)', ['2026-11-02T02:00']],
    ['cron(0 2 15W * ? *)', ['2026-11-16T02:00']],
    ['cron(0 2 29W * ? *)', ['2026-11-30T02:00']],
  ])('%s', (expression, expected) => {
    expect(instants(cron(expression), '2026-11-01T00:00:00Z', 30).slice(0, expected.length)).toEqual(
      expected,
    );
  });

  it('L in the days of the week is Saturday', () => {
    expect(instants(cron('cron(0 2 ? * L *)'), '2026-11-01T00:00:00Z', 7)).toEqual(['2026-11-07T02:00']);
  });

  it.each([
    ['cron(0 2 * * *)', 'has 5 fields'],
    ['cron(0 2 * * * *)', 'must be "?"'],
    ['cron(0 2 ? * ? *)', 'must be "?"'],
    ['cron(60 2 * * ? *)', 'minutes go from 0 to 59, not to 60'],
    ['cron(0 24 * * ? *)', 'hours go from 0 to 23'],
    ['cron(0 2 * FOO ? *)', 'months'],
    ['cron(0 5-2 * * ? *)', 'runs backwards in hours'],
    ['cron(0/0 2 * * ? *)', 'minutes'],
    ['cron(0 2 ? * MON#6 *)', 'days of the week'],
    ['0 2 * * *', 'neither cron'],
    ['at(2026-11-20T02:00:00)', 'neither cron'],
    ['rate(0 days)', 'should be like'],
    ['rate(1 week)', 'should be like'],
  ])('%s is refused in words', (expression, words) => {
    expect(() => parseSchedule(expression, 'UTC')).toThrow(words);
  });

  it('refuses a time zone that does not exist', () => {
    expect(() => parseSchedule('cron(0 2 * * ? *)', 'Europe/Berln')).toThrow('not an IANA time zone');
  });
});

/** Places and weeks in which clocks change: by an hour, by half an hour, at midnight, and not at all. */
const CHANGES = [
  ['Europe/Berlin', '2027-03-26'],
  ['Europe/Berlin', '2027-10-29'],
  ['America/New_York', '2027-03-12'],
  ['America/New_York', '2027-11-05'],
  ['Australia/Lord_Howe', '2027-04-02'],
  ['Australia/Lord_Howe', '2027-10-01'],
  ['Africa/Cairo', '2027-04-28'],
  ['America/Santiago', '2027-09-03'],
  ['Asia/Kolkata', '2027-03-26'],
] as const;

/** By looking at the zone's clocks at every minute: what EventBridge Scheduler's documentation says, as plainly as it can be. */
function byWatchingTheClock(
  timeZone: string,
  from: string,
  days: number,
  minutes: ReadonlySet<number>,
): string[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const first = new Date(`${from}T00:00:00Z`).getTime();
  const dates = new Set(
    Array.from({ length: days }, (_, day) => new Date(first + day * 86_400_000).toISOString().slice(0, 10)),
  );
  const shown = new Set<string>();
  const runs: string[] = [];
  for (let moment = first - 86_400_000; moment < first + (days + 1) * 86_400_000; moment += 60_000) {
    const clock = format.format(moment);
    const [date = '', time = ''] = clock.split(' ');
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    if (!dates.has(date) || !minutes.has(hour * 60 + minute) || shown.has(clock)) continue;
    shown.add(clock);
    runs.push(new Date(moment).toISOString().slice(0, 16));
  }
  return runs;
}

describe('runs where clocks change', () => {
  it.each(CHANGES)(
    'in %s around %s each time that exists runs once, one that does not is left out',
    (timeZone, from) => {
      const everyQuarter = Array.from({ length: 96 }, (_, quarter) => quarter * 15);
      expect(instants(cron('cron(0/15 * * * ? *)', timeZone), `${from}T12:00:00Z`, 4)).toEqual(
        byWatchingTheClock(timeZone, from, 4, new Set(everyQuarter)),
      );
    },
  );
});

describe('the run before', () => {
  it('is the newest one that is earlier, whatever the schedule', () => {
    const hour = fc.integer({ min: 0, max: 23 });
    const minute = fc.integer({ min: 0, max: 59 });
    const days = fc.constantFrom('* * ?', '? * SUN', '? * MON-FRI', '1 * ?', 'L * ?', '15W * ?', '? * 2#1');
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata');
    const moment = fc.date({ min: new Date('2026-06-01'), max: new Date('2028-06-01'), noInvalidDate: true });
    fc.assert(
      fc.property(hour, minute, days, zone, moment, (h, m, day, timeZone, instant) => {
        const schedule = cron(`cron(${m} ${h} ${day} *)`, timeZone);
        const today = toDayNumber(schedule.zone.localDate(instant));
        const all = [...runsOnDates(schedule, fromDayNumber(today - 70), fromDayNumber(today + 1))]
          .flatMap((run) => run.instant ?? [])
          .filter((run) => run < instant);
        expect(previousRun(schedule, instant)).toEqual(all.at(-1));
      }),
      { numRuns: 60 },
    );
  });

  it('reaches from one 29 February to the last', () => {
    expect(previousRun(cron('cron(0 2 29 FEB ? *)'), new Date('2027-01-01T00:00:00Z'))).toEqual(
      new Date('2024-02-29T02:00:00Z'),
    );
  });

  it('is undefined before the first', () => {
    expect(previousRun(cron('cron(0 2 * * ? 2027)'), new Date('2027-01-01T02:00:00Z'))).toBeUndefined();
  });
});
