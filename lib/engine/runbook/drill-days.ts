import { dayOfWeek, fromDayNumber, type LocalDate, toDayNumber } from '../../schedule/local-date.ts';
import type { TimeZone } from '../../schedule/time-zone.ts';

/** What people rehearse in a quarter. The heading is that of the runbook. */
export interface RehearsedSituation {
  readonly key: string;
  readonly heading: string;
  readonly what: string;
  readonly done: string;
}

/** By quarter: each of them once a year. */
export const REHEARSALS = [
  {
    key: 'accidental-deletion',
    heading: 'Accidental deletion of rows or a table',
    what: 'Delete rows of a copy of the database, as an accident would, and bring them back.',
    done: 'The rows are back, counted; the time from the deletion to the last row is written down.',
  },
  {
    key: 'failed-migration',
    heading: 'Failed migration',
    what: 'Run a migration on a copy, stop it half way, and undo it.',
    done: 'The schema is as it was before, by the comparison of this page.',
  },
  {
    key: 'connection-failure',
    heading: 'Connection failure',
    what: 'Give the backup a password that is wrong, in an environment that is no production, and find the cause from the alarm alone.',
    done: 'The alarm reached the person on call; the cause was found by this page; a backup is sealed again.',
  },
  {
    key: 'complete-loss',
    heading: 'Complete loss of the database',
    what: 'Restore onto a server like production, by somebody who has not done it before, with a clock.',
    done: 'The application runs on the restored database; the time is compared with what was promised.',
  },
] as const satisfies readonly RehearsedSituation[];

export interface DrillDay {
  /** `2027-q1`: with the environment it identifies the event for ever. */
  readonly quarter: string;
  readonly rehearsal: RehearsedSituation;
  readonly date: LocalDate;
  readonly beginsAt: Date;
  readonly endsAt: Date;
  /** Whose backup is used: another source each time. */
  readonly source: string | undefined;
}

const QUARTERS = 4;
const TUESDAY = 3;
const BEGINS_AT_MINUTES = 10 * 60;
const LASTS_MS = 2 * 3_600_000;

/**
 * The next four drills by people: on the second Tuesday of the middle month of each quarter, at ten in the morning of the
 * zone. A quarter whose day is over is left out, and the next year's takes its place.
 */
export function drillDays(now: Date, zone: TimeZone, sources: readonly string[]): DrillDay[] {
  const { year } = zone.localDate(now);
  return [year, year + 1]
    .flatMap((of) => REHEARSALS.map((rehearsal, quarter) => drillDay(of, quarter, rehearsal, zone, sources)))
    .filter(({ endsAt }) => endsAt.getTime() > now.getTime())
    .slice(0, QUARTERS);
}

function drillDay(
  year: number,
  quarter: number,
  rehearsal: RehearsedSituation,
  zone: TimeZone,
  sources: readonly string[],
): DrillDay {
  const date = secondTuesday(year, quarter * 3 + 2);
  // No zone changes its clocks at ten in the morning; if one ever does, the drill begins in UTC.
  const [beginsAt = Date.UTC(date.year, date.month - 1, date.day, 10)] = zone.instantsOf(date, [
    BEGINS_AT_MINUTES,
  ]);
  return {
    quarter: `${year}-q${quarter + 1}`,
    rehearsal,
    date,
    beginsAt: new Date(beginsAt),
    endsAt: new Date(beginsAt + LASTS_MS),
    source: sources.length === 0 ? undefined : sources[(year * QUARTERS + quarter) % sources.length],
  };
}

function secondTuesday(year: number, month: number): LocalDate {
  const first = { year, month, day: 1 };
  const until = (TUESDAY - dayOfWeek(first) + 7) % 7;
  return fromDayNumber(toDayNumber(first) + until + 7);
}
