import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { ThresholdProps } from './alarms/thresholds.ts';
import type { SourceProps } from './source-props.ts';
import type { RetentionProps } from './vault/retention.ts';

/** What a `PostgresBackup` is made from. */
export interface PostgresBackupProps {
  /**
   * Name of the environment: part of every alarm's name and a dimension of every metric, so one of each name in an
   * account and region.
   */
  readonly environment: string;

  /** The databases to protect, 15 at most. */
  readonly sources: SourceProps[];

  /** @default - daily 7 days, weekly 28, monthly 365, manual 30 */
  readonly retention?: RetentionProps;

  /**
   * Locks every object of a backup for some days, so that not even an administrator's mistake deletes it.
   *
   * @default - none; a legal hold can still be put on any backup
   */
  readonly objectLock?: ObjectLockRetention;

  /** @default - 50 % of size, twice the duration, 10 minutes to recover */
  readonly thresholds?: ThresholdProps;

  /**
   * Addresses that get the alarms, once they have confirmed. Other subscribers: `alertTopic.topic.addSubscription(…)`.
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
   * Path or URL of the runbook that alarms point to; `#<alarm>` is added.
   *
   * @default 'docs/runbook.md'
   */
  readonly runbook?: string;

  /** @default RetentionDays.SIX_MONTHS */
  readonly logRetention?: RetentionDays;
}
