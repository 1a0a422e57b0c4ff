const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** `30 Nov 2026` in UTC. */
export function shortDate(at: Date): string {
  return `${at.getUTCDate()} ${(MONTHS[at.getUTCMonth()] ?? '').slice(0, 3)} ${at.getUTCFullYear()}`;
}

/** `30 Nov 2026, 02:00` in UTC. */
export function shortTime(at: Date): string {
  return `${shortDate(at)}, ${at.toISOString().slice(11, 16)}`;
}

/** `November 2026` */
export function monthName(year: number, month: number): string {
  return `${MONTHS[month] ?? ''} ${year}`;
}
