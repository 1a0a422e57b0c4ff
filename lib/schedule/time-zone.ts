import { InvalidScheduleError } from './invalid-schedule-error.ts';
import { fromDayNumber, type LocalDate, toDayNumber } from './local-date.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The clocks of one IANA time zone. */
export class TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;

  constructor(name: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        calendar: 'iso8601',
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      throw new InvalidScheduleError(
        `${JSON.stringify(name)} is not an IANA time zone such as Europe/Berlin`,
      );
    }
    this.name = name;
  }

  localDate(instant: Date): LocalDate {
    return fromDayNumber(Math.floor(this.wallClock(instant.getTime()) / DAY_MS));
  }

  /**
   * For each of `minutesOfDay`, the moment at which the zone's clocks show that many minutes after midnight
   * of the date. It is the first such moment if clocks show it twice, and undefined if they skip it.
   */
  instantsOf(date: LocalDate, minutesOfDay: readonly number[]): Array<number | undefined> {
    const midnight = toDayNumber(date) * DAY_MS;
    // Zones are at most 14 hours from UTC, so these two are safely before and after every moment of the date.
    const before = this.offsetMs(midnight - DAY_MS);
    const after = this.offsetMs(midnight + 2 * DAY_MS);
    return minutesOfDay.map((minutes) => {
      const wallClock = midnight + minutes * MINUTE_MS;
      if (before === after) return wallClock - before;
      const moments = [wallClock - before, wallClock - after].filter(
        (moment) => this.wallClock(moment) === wallClock,
      );
      return moments.length === 0 ? undefined : Math.min(...moments);
    });
  }

  /** All moments at which the zone's clocks show this: none if they skip it, two if they show it twice. */
  momentsOf(date: LocalDate, millisecondsOfDay: number): number[] {
    const wallClock = toDayNumber(date) * DAY_MS + millisecondsOfDay;
    const shown = Math.floor(wallClock / SECOND_MS) * SECOND_MS;
    const offsets = new Set([this.offsetMs(wallClock - DAY_MS), this.offsetMs(wallClock + DAY_MS)]);
    return [...offsets]
      .map((offset) => wallClock - offset)
      .filter((moment) => this.wallClock(Math.floor(moment / SECOND_MS) * SECOND_MS) === shown)
      .sort((a, b) => a - b);
  }

  /** How far the zone's clocks are ahead of UTC. */
  offsetMs(instantMs: number): number {
    const whole = Math.floor(instantMs / SECOND_MS) * SECOND_MS;
    return this.wallClock(whole) - whole;
  }

  /** The local time that the clocks show, in whole seconds, as milliseconds, as if it were UTC. */
  wallClock(instantMs: number): number {
    const shown: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(instantMs)) shown[type] = Number(value);
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }
}
