import type { Duration } from 'aws-cdk-lib';
import type { ObjectLockMode } from 'aws-cdk-lib/aws-s3';

/** How the objects of a backup are locked when they are written. */
export interface ObjectLockProps {
  /**
   * Whether objects are locked. Without locks, a legal hold can still be put on any backup.
   *
   * @default true
   */
  readonly enabled?: boolean;

  /**
   * In governance mode the break-glass role can lift a lock. In compliance mode nobody can, not even the account's
   * root user or AWS: a backup, and the rest of one that failed, is billed until its lock ends.
   *
   * @default ObjectLockMode.GOVERNANCE
   */
  readonly mode?: ObjectLockMode;

  /**
   * The longest time for which anything is locked, in whole days.
   *
   * @default - as long as the backup's class keeps it
   */
  readonly atMost?: Duration;
}
