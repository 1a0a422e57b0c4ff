/** Seconds since the latest of these moments that is defined; at least 0, because clocks differ. */
export function ageSeconds(now: Date, ...since: ReadonlyArray<Date | undefined>): number {
  const latestMs = Math.max(...since.map((moment) => moment?.getTime() ?? Number.NEGATIVE_INFINITY));
  return Math.max(0, (now.getTime() - latestMs) / 1000);
}
