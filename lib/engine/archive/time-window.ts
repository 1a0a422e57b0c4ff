import type { BackupFilter } from './listing.ts';

/**
 * Which backups of a vault are meant, by the moment that their rows show. A manifest says that moment
 * (`snapshot.takenAt`); an id says only when a run was planned or began.
 */
export interface TimeWindow {
  /** Only backups that show an earlier moment. */
  readonly before?: Date;
  /** Only backups that show this moment or a later one. */
  readonly since?: Date;
  /** The newest backup that shows this moment or an earlier one. Given alone. */
  readonly at?: Date;
}

/**
 * How long before its id a backup's rows can be: a slot may be five minutes ahead, and the source's clock differs from
 * the one that made the id.
 */
const EARLY_MS = 3_600_000;
/**
 * How long after its id a backup's rows can be: EventBridge Scheduler retries a run for 24 hours at most (EventBridge
 * Scheduler User Guide, "Managing a schedule", MaximumEventAgeInSeconds).
 */
const LATE_MS = 24 * 3_600_000;

/** The ids that backups of a window can have, for a search that reads no more manifests than it needs. */
export function idsOf({ before, since, at }: TimeWindow): NonNullable<BackupFilter['ids']> {
  const until = before ?? at;
  return {
    ...(since ? { from: new Date(since.getTime() - LATE_MS) } : {}),
    ...(until ? { until: new Date(until.getTime() + EARLY_MS) } : {}),
  };
}

export function isInWindow(momentMs: number, { before, since, at }: TimeWindow): boolean {
  if (before && momentMs >= before.getTime()) return false;
  if (since && momentMs < since.getTime()) return false;
  return !at || momentMs <= at.getTime();
}
