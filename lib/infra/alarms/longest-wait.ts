import { BACKUP_TIME_MS, DRILL_TIME_MS } from '../functions/time-limits.ts';

const HOUR_MS = 3_600_000;

/** A machine's drill of a large database has no 15 minutes: it is given a day. */
export const DRILL_TIME_ELSEWHERE_MS = 24 * HOUR_MS;

/** What the ages of a source follow from. */
export interface Rhythm {
  /** The longest time between two backups that the schedule asks for. */
  readonly backupGapMs: number;
  /** The longest time between two drills. */
  readonly drillGapMs: number;
  readonly drillsAfterBackup: boolean;
  readonly drillsElsewhere: boolean;
}

/** The oldest that the newest backup of a healthy source gets: until the next one is due, and has taken all of its time. */
export function longestBackupWaitMs({ backupGapMs }: Rhythm): number {
  return backupGapMs + BACKUP_TIME_MS;
}

/**
 * The oldest that the newest proven backup of a healthy source gets. A drill finds a backup that is as old as a backup
 * gets, and until the next drill has ended it stays the newest that is proven. Where each backup is drilled, that is until
 * the next one has been sealed and drilled.
 */
export function longestProofWaitMs(rhythm: Rhythm): number {
  const backupMs = longestBackupWaitMs(rhythm);
  if (rhythm.drillsAfterBackup) return backupMs + DRILL_TIME_MS;
  return backupMs + rhythm.drillGapMs + (rhythm.drillsElsewhere ? DRILL_TIME_ELSEWHERE_MS : DRILL_TIME_MS);
}

export function formatHours(milliseconds: number): string {
  const hours = milliseconds / HOUR_MS;
  return `${Number.isInteger(hours) ? hours : hours.toFixed(1)} hours`;
}
