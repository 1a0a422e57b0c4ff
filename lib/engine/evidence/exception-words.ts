import { lengthOf, type Span } from './spans.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** `2026-11-20`, or `2026-11-20 to 2026-11-22`: whole days. */
export function momentsWords({ from, to }: Span): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  const [first, last] = [day(from.getTime()), day(to.getTime() - 1)];
  return first === last ? first : `${first} to ${last} (${Math.round(lengthOf({ from, to }) / DAY_MS)} days)`;
}

/** `50 hours (2026-11-20T02:00Z to 2026-11-22T04:00Z)` */
export function spanWords(span: Span): string {
  const hours = lengthOf(span) / HOUR_MS;
  const minute = (time: Date) => `${time.toISOString().slice(0, 16)}Z`;
  const length = hours < 72 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
  return `${length} (${minute(span.from)} to ${minute(span.to)})`;
}
