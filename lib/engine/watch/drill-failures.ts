/** What drills reported within one period of the metrics. */
export interface DrillPeriod {
  readonly startsAt: Date;
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** Metrics sum up drills over this time, so a drill began at some moment within it. */
export const DRILL_PERIOD_MS = 5 * 60_000;
/** No drill runs longer (AWS Lambda Developer Guide, "Lambda quotas"): a silent one is then dead. */
export const LONGEST_DRILL_MS = 15 * 60_000;

/**
 * Counts the drills that failed since the newest one that succeeded, among those that began after the period
 * of that success.
 *
 * A drill whose period ended more than 15 minutes ago and that no success follows has failed, whether it
 * reported that or died silently. Of the later drills only as many count as reported a failure. While there
 * are drills of both kinds, nothing tells which of them a report is from, and the smaller number is taken
 * until the 15 minutes are over.
 *
 * A proof in the vault is a success too, whichever machine wrote it; `provenAt` is when the newest one was
 * written.
 */
export function consecutiveDrillFailures(
  history: readonly DrillPeriod[],
  now: Date,
  provenAt?: Date,
): number {
  const succeededAt = Math.max(
    provenAt?.getTime() ?? Number.NEGATIVE_INFINITY,
    ...history.filter(({ succeeded }) => succeeded > 0).map(({ startsAt }) => startsAt.getTime()),
  );
  const since = history.filter(({ startsAt }) => startsAt.getTime() > succeededAt);
  const over = since.filter(
    ({ startsAt }) => now.getTime() - startsAt.getTime() > DRILL_PERIOD_MS + LONGEST_DRILL_MS,
  );
  const began = sum(since.map(({ started }) => started));
  const beganLongAgo = sum(over.map(({ started }) => started));
  const saidSo = sum(since.map(({ failed }) => failed));
  return Math.max(beganLongAgo, Math.min(began, saidSo));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
