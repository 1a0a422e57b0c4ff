import type { ReadWriteType } from 'aws-cdk-lib/aws-cloudtrail';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IAlarmActionStrategy } from '../alarms/alarm-action-strategy.ts';
import type { ObjectLockProps } from './object-lock-props.ts';
import type { ReplicatedSourceProps } from './replicated-source-props.ts';
import type { RetentionProps } from './retention-props.ts';

/** Properties of a `Replica`. */
export interface ReplicaProps {
  /** The environment of the `PostgresBackup`, 26 characters at most. */
  readonly environment: string;

  /** The sources of the `PostgresBackup`. */
  readonly sources: readonly ReplicatedSourceProps[];

  /** The region of the `PostgresBackup`. */
  readonly vaultRegion: string;

  /**
   * The account of the `PostgresBackup`, 12 digits.
   *
   * @default - the account of the replica
   */
  readonly vaultAccount?: string;

  /**
   * When to drill the newest backups of the replica, in UTC.
   *
   * @default - they are drilled in the vault only
   */
  readonly drillSchedule?: ScheduleExpression;

  /**
   * How long backups are kept.
   *
   * @default - daily 7 days, weekly 28, monthly 365, manual 30
   */
  readonly retention?: RetentionProps;

  /**
   * Locks what arrives without a lock of its own. (What is locked in the vault is locked here, until the same
   * day.)
   *
   * @default - governance mode, as long as the backup's class keeps it
   */
  readonly objectLock?: ObjectLockProps;

  /** Whether only a break-glass role may change what protects the replica. @default true */
  readonly guard?: boolean;

  /**
   * ARNs of users or roles that may assume the break-glass role, with MFA.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly breakGlassArns?: readonly string[];

  /** As `audit` of the `PostgresBackup`. @default ReadWriteType.NONE */
  readonly audit?: ReadWriteType;

  /** Decides whom each alarm tells. @default - a `TopicAlarmActions`: every alarm tells the topic */
  readonly alarmActions?: IAlarmActionStrategy;

  /** As `alertTopic` of the `PostgresBackup`. @default - a new topic, encrypted with a key of its own */
  readonly alertTopic?: ITopic;

  /** Addresses that get the alarms once they have confirmed. @default - none */
  readonly alertEmails?: readonly string[];

  /**
   * ARNs of users or roles that may assume the restore role, with MFA.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly restorerArns?: readonly string[];

  /**
   * ARNs of users or roles that may assume the hold role, with MFA.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly holderArns?: readonly string[];

  /** Path or URL of the runbook that alarms link to. @default 'docs/runbook.md' */
  readonly runbook?: string;

  /** How long the functions' logs are kept. @default RetentionDays.SIX_MONTHS */
  readonly logRetention?: RetentionDays;
}
