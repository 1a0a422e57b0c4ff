import type { RetentionClass } from './retention-classes.ts';

/**
 * Modes of S3 Object Lock. In governance a person with s3:BypassGovernanceRetention may delete before the time. In
 * compliance nobody may, not even the root user of the account.
 */
export const LOCK_MODES = ['governance', 'compliance'] as const;
export type LockMode = (typeof LOCK_MODES)[number];

/** For how many days the objects of a backup are locked at their write, by its retention class. */
export interface ClassLocks {
  readonly mode: LockMode;
  readonly days: Readonly<Record<RetentionClass, number>>;
}
