import type { Period } from './evidence-report.ts';

const DAY_MS = 24 * 3_600_000;

/** A stretch of time without what should have been there. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}

export function lengthOf({ from, to }: Span): number {
  return to.getTime() - from.getTime();
}

/**
 * The stretches between moments, as far as they reach into the period. It begins with the first moment that is known, before
 * the period or in it: before it there was nothing to protect. It ends with the period.
 */
export function spansBetween(moments: readonly Date[], { from, to }: Period): Span[] {
  const sorted = moments.filter((one) => one < to).toSorted((a, b) => a.getTime() - b.getTime());
  return sorted
    .map((start, index) => ({ from: start, to: sorted[index + 1] ?? to }))
    .filter((span) => span.to > from && span.to > span.from);
}

/** The days in UTC, whole ones of the period, from the first moment on, in which no moment lies; as stretches of days. */
export function emptyDays(moments: readonly Date[], { from, to }: Period): Span[] {
  const dayOf = (time: Date) => Math.floor(time.getTime() / DAY_MS);
  const days = new Set(moments.map(dayOf));
  const first = Math.max(Math.ceil(from.getTime() / DAY_MS), Math.min(...days));
  const last = Math.floor(to.getTime() / DAY_MS);
  const found: Span[] = [];
  for (let day = first; day < last; day += 1) {
    if (days.has(day)) continue;
    const before = found.at(-1);
    const next = { from: new Date(day * DAY_MS), to: new Date((day + 1) * DAY_MS) };
    if (before && before.to.getTime() === day * DAY_MS) found[found.length - 1] = { ...before, to: next.to };
    else found.push(next);
  }
  return found;
}
