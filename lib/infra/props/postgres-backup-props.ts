import type { ReadWriteType } from 'aws-cdk-lib/aws-cloudtrail';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IAlarmActionStrategy } from '../alarms/alarm-action-strategy.ts';
import type { IVault } from '../vault/vault-interface.ts';
import type { HealthEndpointProps } from './health-endpoint-props.ts';
import type { NotificationProps } from './notification-props.ts';
import type { ObjectLockProps } from './object-lock-props.ts';
import type { ReplicaTargetProps } from './replica-target-props.ts';
import type { RestoreOnAwsProps } from './restore-on-aws-props.ts';
import type { RetentionProps } from './retention-props.ts';
import type { SourceProps } from './source-props.ts';
import type { ThresholdProps } from './threshold-props.ts';

/** Properties of a `PostgresBackup`. */
export interface PostgresBackupProps {
  /**
   * Name of the environment: 1 to 27 lower-case letters, digits and hyphens. It is part of every alarm's name and a
   * dimension of every metric. A second stack of the same name in an account and region is refused.
   */
  readonly environment: string;

  /**
   * The databases to protect, 15 at most. `addSource` adds others. If fifteen use every feature, their names should be no
   * longer than 40 characters, or the template is larger than the 1 MB that CloudFormation takes.
   *
   * @default - none; there must be one when the app is synthesized
   */
  readonly sources?: readonly SourceProps[];

  /**
   * A vault that outlived its stack: `Vault.fromVaultAttributes(…)`. What concerns the bucket is then an attribute of
   * the vault, or stays as it is: `bucketName`, `encryptionKey`, `retention`, `objectLock`, `guard`, `audit` and
   * `replica` are refused.
   *
   * @default - a new vault
   */
  readonly vault?: IVault;

  /**
   * The name of the vault's bucket. CloudFormation cannot make such a bucket again as long as the old one exists.
   *
   * @default - CloudFormation makes one up
   */
  readonly bucketName?: string;

  /**
   * A key of yours to encrypt the vault, in the stack's region. Its policy must let the account's IAM policies decide,
   * as the policies of new keys do; the guard does not extend to it. Without the key no backup can be read.
   *
   * @default - a key of the vault's own, which the guard protects and which outlives the stack
   */
  readonly encryptionKey?: IKey;

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
  readonly breakGlassArns?: readonly string[];

  /**
   * Whether a CloudTrail trail records who writes and deletes objects of the vault (`WRITE_ONLY`), or who reads
   * them too (`ALL`). It also records what changes something in the account, so that attempts to change the
   * vault are told to the topic. `NONE` makes no trail: for accounts whose organisation has one. `READ_ONLY` is
   * refused.
   *
   * @default ReadWriteType.NONE
   */
  readonly audit?: ReadWriteType;

  /**
   * When every object of every backup is read again and compared with what was written (`cron(…)` or `rate(…)`, in UTC), or
   * `'off'`. It costs the reading of the vault: docs/deploy.md.
   *
   * @default 'cron(0 4 2 * ? *)', monthly
   */
  readonly scrub?: string;

  /**
   * Whether a key in KMS signs the record of each drill, so that an auditor can see that nobody has changed it or what it is
   * about (docs/evidence.md). The key costs a dollar a month.
   *
   * @default false
   */
  readonly signDrills?: boolean;

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
   * Whether there are alarms. Without them nobody is told that no backup lands: use `source.metricBackupAge()` and
   * the other metrics for alarms of your own.
   *
   * @default true
   */
  readonly alarms?: boolean;

  /**
   * Decides whom each alarm tells, by its severity for example.
   *
   * @default - a `TopicAlarmActions`: every alarm tells the topic
   */
  readonly alarmActions?: IAlarmActionStrategy;

  /**
   * A standard topic of yours in the stack's region. CloudWatch and EventBridge must be allowed to publish by its policy
   * and, if it is encrypted, by its key's policy. If this app makes the topic and the key, the construct adds what is
   * needed to both; otherwise a warning says what it is.
   *
   * @default - a new topic, encrypted with a key of its own
   */
  readonly alertTopic?: ITopic;

  /**
   * A URL that tells monitors outside of AWS whether the sources are safe and well (docs/health.md). A source must be
   * measured.
   *
   * @default - there is none
   */
  readonly healthEndpoint?: HealthEndpointProps;

  /**
   * Whether a status page is written into a bucket beside the vault, whenever something changes. Who may assume the restore
   * role may read it.
   *
   * @default false
   */
  readonly statusPage?: boolean;

  /**
   * Addresses that get the alarms once they have confirmed. Add other subscribers with
   * `alertTopic.addSubscription(…)`.
   *
   * @default - none
   */
  readonly alertEmails?: readonly string[];

  /**
   * Tells people in words. With `channels` (an empty list too) or `digest`, alarms publish to `alarmTopic`, a function makes
   * words of them, and `alertTopic` carries these words: addresses that have confirmed stay. What reads CloudWatch's JSON
   * must then subscribe to `alarmTopic` (docs/notifications.md).
   *
   * @default - the topic carries what CloudWatch writes
   */
  readonly notifications?: NotificationProps;

  /**
   * Whether there is a CloudWatch dashboard.
   *
   * @default true
   */
  readonly dashboard?: boolean;

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

  /**
   * Lets people with the restore role start restores in a task, near the target.
   *
   * @default - restores run where the command is typed
   */
  readonly restoreOnAws?: RestoreOnAwsProps;
}
