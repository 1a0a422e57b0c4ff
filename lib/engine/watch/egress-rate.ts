/**
 * The days that are looked at. Daily backups are kept for at least as long, unless somebody says otherwise: what an older week
 * took is no longer in the vault.
 */
export const EGRESS_WINDOW_DAYS = 7;
const DAY_MS = 86_400_000;

/** The part of the window in which a source was backed up: less than the whole for a source whose first backup is younger. */
export function egressDays(oldestSealedAt: Date, now: Date): number {
  return Math.min(EGRESS_WINDOW_DAYS, Math.max(1, (now.getTime() - oldestSealedAt.getTime()) / DAY_MS));
}

export function isInEgressWindow(sealedAt: Date, now: Date): boolean {
  return now.getTime() - sealedAt.getTime() <= EGRESS_WINDOW_DAYS * DAY_MS;
}

/** COPY text that leaves the host in 30 days, as the backups of the window say. At least: attempts that failed left nothing. */
export function egressOfAMonth(
  backups: ReadonlyArray<{ readonly sealedAt: Date; readonly rawBytes: number }>,
  now: Date,
): number {
  const [first, ...more] = backups;
  if (first === undefined) return 0;
  const oldest = more.reduce((least, { sealedAt }) => (sealedAt < least ? sealedAt : least), first.sealedAt);
  const inWindow = backups.filter(({ sealedAt }) => isInEgressWindow(sealedAt, now));
  const bytes = inWindow.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  return (bytes / egressDays(oldest, now)) * 30;
}
