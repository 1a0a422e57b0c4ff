import { type DayTest, parseDays } from './cron-days.ts';
import { type FieldRange, parseField } from './cron-field.ts';
import { InvalidScheduleError } from './invalid-schedule-error.ts';
import { fromDayNumber, type LocalDate, toDayNumber } from './local-date.ts';
import { TimeZone } from './time-zone.ts';

/** A planned run of EventBridge Scheduler; with `instant` undefined, a run that the clocks skip. */
export interface Run {
  readonly date: LocalDate;
  /** Minutes after midnight, on the zone's clocks. */
  readonly minutesOfDay: number;
  /**
   * Undefined if the time does not exist on that date: Scheduler skips the run ("Schedule types", daylight
   * saving).
   */
  readonly instant: Date | undefined;
}

/** A recurring schedule of EventBridge Scheduler: `cron(…)` or `rate(…)` in a time zone. */
export type Schedule = CronSchedule | RateSchedule;

export interface CronSchedule {
  readonly kind: 'cron';
  readonly zone: TimeZone;
  readonly runsOn: DayTest;
  /** Minutes after midnight, rising: the same on every date it runs on. */
  readonly minutesOfDay: readonly number[];
}

export interface RateSchedule {
  readonly kind: 'rate';
  readonly zone: TimeZone;
  readonly everyMs: number;
}

const MINUTES: FieldRange = { name: 'minutes', from: 0, to: 59 };
const HOURS: FieldRange = { name: 'hours', from: 0, to: 23 };
const MONTHS: FieldRange = {
  name: 'months',
  from: 1,
  to: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const YEARS: FieldRange = { name: 'years', from: 1970, to: 2199 };
const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Throws {@link InvalidScheduleError}. One-time schedules, `at(…)`, are refused: a backup recurs. */
export function parseSchedule(expression: string, timeZone: string): Schedule {
  const zone = new TimeZone(timeZone);
  const [, kind, inside] = /^(cron|rate)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'cron' && inside !== undefined) return parseCron(inside, zone);
  if (kind === 'rate' && inside !== undefined) return parseRate(inside, zone);
  throw new InvalidScheduleError(
    `${JSON.stringify(expression)} is neither cron(0 2 * * ? *) nor rate(6 hours), the two forms that recur`,
  );
}

/**
 * Every run of a cron schedule on the dates `from` to `to`, both included, in order, with runs that the
 * clocks skip.
 */
export function* runsOnDates(schedule: CronSchedule, from: LocalDate, to: LocalDate): Generator<Run> {
  const last = toDayNumber(to);
  for (let day = toDayNumber(from); day <= last; day += 1) yield* runsOnDate(schedule, fromDayNumber(day));
}

/** The last run before `instant`; undefined when there was none in the eight years before it. */
export function previousRun(schedule: Schedule, instant: Date): Date | undefined {
  if (schedule.kind === 'rate') return new Date(instant.getTime() - schedule.everyMs);
  // Eight years: 29 February can be that rare.
  const today = toDayNumber(schedule.zone.localDate(instant));
  for (let day = today; day > today - 8 * 366; day -= 1) {
    const earlier = runsOnDate(schedule, fromDayNumber(day)).findLast(
      (run) => run.instant !== undefined && run.instant < instant,
    );
    if (earlier) return earlier.instant;
  }
  return undefined;
}

/**
 * The first run after `instant`; undefined if there is none in the eight years after it, or if the schedule is a rate,
 * whose runs count from the moment it was made.
 */
export function nextRun(schedule: Schedule, instant: Date): Date | undefined {
  if (schedule.kind === 'rate') return undefined;
  const today = toDayNumber(schedule.zone.localDate(instant));
  for (let day = today; day < today + 8 * 366; day += 1) {
    const later = runsOnDate(schedule, fromDayNumber(day)).find(
      (run) => run.instant !== undefined && run.instant > instant,
    );
    if (later) return later.instant;
  }
  return undefined;
}

function runsOnDate(schedule: CronSchedule, date: LocalDate): Run[] {
  if (!schedule.runsOn(date)) return [];
  const instants = schedule.zone.instantsOf(date, schedule.minutesOfDay);
  return schedule.minutesOfDay.map((minutesOfDay, index) => {
    const instant = instants[index];
    return { date, minutesOfDay, instant: instant === undefined ? undefined : new Date(instant) };
  });
}

function parseCron(inside: string, zone: TimeZone): CronSchedule {
  const fields = inside.trim().split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = fields;
  if (!minute || !hour || !dayOfMonth || !month || !dayOfWeek || !year || fields.length !== 6) {
    throw new InvalidScheduleError(
      `cron(${inside}) has ${fields.length} fields, but AWS requires six: minutes, hours, day of month, month, day of week, year`,
    );
  }
  const minutes = parseField(minute, MINUTES);
  const months = new Set(parseField(month, MONTHS));
  const years = new Set(parseField(year, YEARS));
  const dayTest = parseDays(dayOfMonth, dayOfWeek);
  return {
    kind: 'cron',
    zone,
    runsOn: (date) => years.has(date.year) && months.has(date.month) && dayTest(date),
    minutesOfDay: parseField(hour, HOURS).flatMap((hours) => minutes.map((one) => hours * 60 + one)),
  };
}

function parseRate(inside: string, zone: TimeZone): RateSchedule {
  const [, count, unit] = /^([1-9]\d{0,4}) (minute|hour|day)s?$/.exec(inside) ?? [];
  const unitMs = unit === undefined ? undefined : UNIT_MS[unit];
  if (count === undefined || unitMs === undefined) {
    throw new InvalidScheduleError(
      `rate(${inside}) should be like rate(1 day), rate(6 hours) or rate(30 minutes)`,
    );
  }
  return { kind: 'rate', zone, everyMs: Number(count) * unitMs };
}
