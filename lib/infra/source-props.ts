import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { BackupOrderProps } from './functions/backup-order.ts';
import type { DrillCheckProps } from './functions/drill-checks.ts';
import type { FunctionSizeProps } from './functions/function-size.ts';
import type { SourceNetworkProps } from './functions/network.ts';

/** A database to protect. */
export interface SourceProps extends BackupOrderProps {
  /**
   * The source's name in keys, metrics and alarms: lower-case letters, digits, `.`, `_`, `-`. A changed name
   * is a new source; the newest proven backup under the old name stays until somebody deletes it.
   */
  readonly name: string;

  /**
   * The secret that holds the source's connection: a `postgres://` URL, or RDS's JSON. It may be imported by its
   * name (`Secret.fromSecretNameV2`) or by a partial ARN.
   */
  readonly secret: ISecret;

  /**
   * The customer key that the secret is encrypted with.
   *
   * @default - the key that `secret` names, or else AWS's own key for Secrets Manager
   */
  readonly secretKey?: IKey;

  /**
   * Public keys of age, `age1…` or `age1pq1…`: everything with definitions or rows is encrypted to them before
   * it leaves the backup function, which cannot read it again. Without one of their secret keys nobody can
   * restore the backups.
   *
   * @default - the bucket's key encrypts the backups, and nothing else
   */
  readonly ageRecipients?: readonly string[];

  /**
   * The secret that holds the age identity with which the drill function opens backups: the text that
   * age-keygen wrote. Only that function may read it.
   *
   * @default - none; with ageRecipients, drill must then be `elsewhere` or `off`
   */
  readonly ageIdentitySecret?: ISecret;

  /**
   * The customer key that the secret of the identity is encrypted with.
   *
   * @default - AWS's own key for Secrets Manager
   */
  readonly ageIdentitySecretKey?: IKey;

  /**
   * When to back up: `cron(…)` or `rate(…)` of EventBridge Scheduler. The first run of a month makes the
   * monthly backup, the first run of a week (from Sunday) the weekly one, and every other run a daily one.
   *
   * @default 'cron(0 2 * * ? *)'
   */
  readonly schedule?: string;

  /**
   * Who proves the source's backups. `function`: a function of the stack. `elsewhere`: a machine that runs
   * `lifeboat drill` as often as `drillSchedule` says, and puts its proofs into the vault; use it if the
   * database is too large for a function. `off`: nobody, and no alarm expects a proof; a newer sealed backup is
   * enough for older ones to expire.
   *
   * @default 'function'
   */
  readonly drill?: string;

  /**
   * When to drill the newest backup. With `drill: 'elsewhere'`: how often a proof is due.
   *
   * @default 'cron(0 5 ? * SUN *)'
   */
  readonly drillSchedule?: string;

  /**
   * The IANA time zone of both schedules.
   *
   * @default 'UTC'
   */
  readonly timeZone?: string;

  /**
   * Whether every backup is drilled as soon as it is sealed, in addition to the drill's own schedule.
   *
   * @default false
   */
  readonly drillAfterBackup?: boolean;

  /**
   * Your own checks of the restored database. A drill fails if one of them returns another value.
   *
   * @default - none: a drill compares what every drill compares
   */
  readonly drillChecks?: readonly DrillCheckProps[];

  /**
   * The network to back up from.
   *
   * @default - no VPC: the database has a public address
   */
  readonly network?: SourceNetworkProps;

  /** @default - 2048 MB of memory */
  readonly backupSize?: FunctionSizeProps;

  /** @default - 2048 MB of memory, 10240 MB of /tmp */
  readonly drillSize?: FunctionSizeProps;
}

export const DEFAULT_SCHEDULE = 'cron(0 2 * * ? *)';
export const DEFAULT_DRILL_SCHEDULE = 'cron(0 5 ? * SUN *)';
export const DEFAULT_TIME_ZONE = 'UTC';
