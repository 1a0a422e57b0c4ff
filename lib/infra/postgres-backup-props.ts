import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ThresholdProps } from './alarms/thresholds.ts';
import type { ReplicaTargetProps } from './replica/replica-target.ts';
import type { SourceProps } from './source-props.ts';
import type { ObjectLockProps } from './vault/object-lock.ts';
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
   * Locks every object of a backup when it is written, so that nobody deletes it by mistake or on purpose.
   *
   * @default - governance mode, as long as the backup's class keeps it
   */
  readonly objectLock?: ObjectLockProps;

  /**
   * Whether only the break-glass role may delete in the vault, change its lifecycle, versioning, locks,
   * encryption and policy, or delete its key. A deployment that changes one of these then
   * fails until somebody opens the guard (docs/break-glass.md).
   *
   * @default true
   */
  readonly guard?: boolean;

  /**
   * ARNs of users or roles that may assume the break-glass role, with MFA.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly breakGlassArns?: string[];

  /**
   * Whether a CloudTrail trail records who writes and deletes objects of the vault (`writes`), or who reads
   * them too (`all`). It also records what changes something in the account, so that attempts to change the
   * vault are told to the topic. `off` makes no trail: for accounts whose organisation has one.
   *
   * @default 'off'
   */
  readonly audit?: string;

  /**
   * Replicates everything that is written into the vault from now on to another region. There must be a
   * `Replica` of the same environment, in a stack that is deployed first.
   *
   * @default - there is no second place
   */
  readonly replica?: ReplicaTargetProps;

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
   * ARNs of users or roles that may assume the hold role, with MFA.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly holderArns?: string[];

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
