/**
 * The days that are looked at. Daily backups are kept for at least as long, unless somebody says otherwise: what an older week
 * took is no longer in the vault.
 */
export const EGRESS_WINDOW_DAYS = 7;
const DAY_MS = 86_400_000;

/**
 * The days that these backups of a source stand for: the window, or less for a source whose first backup is younger. Two
 * nights are two days, though only one lies between them.
 */
export function egressDays(sealedAts: readonly Date[], now: Date): number {
  const times = sealedAts.map((at) => at.getTime());
  const [oldest, newest] = times.reduce(
    ([least, most], time) => [Math.min(least, time), Math.max(most, time)],
    [now.getTime(), 0],
  );
  const between = times.length > 1 ? (newest - oldest) / (times.length - 1) : 0;
  const days = Math.max(now.getTime() - oldest, between * times.length) / DAY_MS;
  return Math.min(EGRESS_WINDOW_DAYS, Math.max(1, days));
}

export function isInEgressWindow(sealedAt: Date, now: Date): boolean {
  return now.getTime() - sealedAt.getTime() <= EGRESS_WINDOW_DAYS * DAY_MS;
}

/** COPY text that leaves the host in 30 days, as the backups of the window say. At least: attempts that failed left nothing. */
export function egressOfAMonth(
  backups: ReadonlyArray<{ readonly sealedAt: Date; readonly rawBytes: number }>,
  now: Date,
): number {
  const inWindow = backups.filter(({ sealedAt }) => isInEgressWindow(sealedAt, now));
  const bytes = inWindow.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  const days = egressDays(
    backups.map(({ sealedAt }) => sealedAt),
    now,
  );
  return (bytes / days) * 30;
}
