import { BACKUP_TIME_MS, DRILL_TIME_MS } from '../functions/time-limits.ts';

const HOUR_MS = 3_600_000;

/** A drill on a machine has no limit of 15 minutes: for a large database it is given a day. */
export const DRILL_TIME_ELSEWHERE_MS = 24 * HOUR_MS;

/** The times that the ages of a healthy source depend on. */
export interface Rhythm {
  /** The longest time between two backups in the schedule. */
  readonly backupGapMs: number;
  /** The longest time between two drills. */
  readonly drillGapMs: number;
  readonly drillsAfterBackup: boolean;
  readonly drillsElsewhere: boolean;
  /** The longest that a task may take for what does not fit into the function. @default 0 */
  readonly taskMs?: number;
  /** The longest that a task may take for a drill. @default 0 */
  readonly drillTaskMs?: number;
}

/** The greatest age of a healthy source's newest backup: the next one is due, and takes as long as it may. */
export function longestBackupWaitMs({
  backupGapMs,
  taskMs = 0,
}: Pick<Rhythm, 'backupGapMs' | 'taskMs'>): number {
  return backupGapMs + BACKUP_TIME_MS + taskMs;
}

/**
 * The greatest age of the newest proven backup of a healthy source. In the worst case a drill finds a backup
 * of the greatest age, which stays the newest proven one until the next drill has ended. If each backup is
 * drilled, it stays so until the next backup has been sealed and drilled.
 */
export function longestProofWaitMs(rhythm: Rhythm): number {
  const backupMs = longestBackupWaitMs(rhythm);
  const drillMs = DRILL_TIME_MS + (rhythm.drillTaskMs ?? 0);
  if (rhythm.drillsAfterBackup) return backupMs + drillMs;
  return backupMs + rhythm.drillGapMs + (rhythm.drillsElsewhere ? DRILL_TIME_ELSEWHERE_MS : drillMs);
}

export function formatHours(milliseconds: number): string {
  const hours = milliseconds / HOUR_MS;
  return `${Number.isInteger(hours) ? hours : hours.toFixed(1)} hours`;
}
