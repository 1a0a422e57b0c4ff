/** A date on the wall calendar of some place. */
export interface LocalDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

const DAY_MS = 86_400_000;

/** Days since 1970-01-01, for arithmetic. */
export function toDayNumber(date: LocalDate): number {
  return Date.UTC(date.year, date.month - 1, date.day) / DAY_MS;
}

export function fromDayNumber(dayNumber: number): LocalDate {
  const utc = new Date(dayNumber * DAY_MS);
  return { year: utc.getUTCFullYear(), month: utc.getUTCMonth() + 1, day: utc.getUTCDate() };
}

/** 1 is Sunday, as AWS counts. */
export function dayOfWeek(date: LocalDate): number {
  // 1970-01-01 was a Thursday.
  return ((((toDayNumber(date) + 4) % 7) + 7) % 7) + 1;
}

export function daysInMonth(date: LocalDate): number {
  return new Date(Date.UTC(date.year, date.month, 0)).getUTCDate();
}

/** A number that two dates share when they are in the same week, weeks beginning on Sunday. */
export function weekNumber(date: LocalDate): number {
  return Math.floor((toDayNumber(date) + 4) / 7);
}
