import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { ThresholdProps } from './alarms/thresholds.ts';
import type { SourceProps } from './source-props.ts';
import type { RetentionProps } from './vault/retention.ts';

/** Properties of a `PostgresBackup`. */
export interface PostgresBackupProps {
  /**
   * Name of the environment. It is part of every alarm's name and a dimension of every metric, so it must be
   * unique within an account and region.
   */
  readonly environment: string;

  /** The databases to protect, 15 at most. */
  readonly sources: SourceProps[];

  /**
   * How long backups are kept.
   *
   * @default - daily 7 days, weekly 28, monthly 365, manual 30
   */
  readonly retention?: RetentionProps;

  /**
   * Locks every object of a backup for some days, so that an administrator cannot delete it by mistake.
   *
   * @default - none; a legal hold can still be put on any backup
   */
  readonly objectLock?: ObjectLockRetention;

  /**
   * When alarms fire.
   *
   * @default - 50 % of size, twice the duration, 10 minutes to recover
   */
  readonly thresholds?: ThresholdProps;

  /**
   * Addresses that get the alarms once they have confirmed. Add other subscribers with
   * `alertTopic.topic.addSubscription(…)`.
   *
   * @default - none
   */
  readonly alertEmails?: string[];

  /**
   * ARNs of users or roles that may assume the restore role, with MFA.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly restorerArns?: string[];

  /**
   * Path or URL of the runbook that alarms link to; each adds `#<alarm>`.
   *
   * @default 'docs/runbook.md'
   */
  readonly runbook?: string;

  /**
   * How long the functions' logs are kept.
   *
   * @default RetentionDays.SIX_MONTHS
   */
  readonly logRetention?: RetentionDays;
}
