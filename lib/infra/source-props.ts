import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { BackupOrderProps } from './functions/backup-order.ts';
import type { DrillCheckProps } from './functions/drill-checks.ts';
import type { FunctionSizeProps } from './functions/function-size.ts';
import type { SourceNetworkProps } from './functions/network.ts';

/** A database to protect. */
export interface SourceProps extends BackupOrderProps {
  /**
   * Its name in keys, metrics and alarms: lower-case letters, digits, `.`, `_`, `-`. Changing it later starts a new source;
   * the backups of the old name stay until they expire.
   */
  readonly name: string;

  /** The secret that holds its connection: a `postgres://` URL, or the JSON that RDS keeps. */
  readonly secret: ISecret;

  /**
   * The customer key that the secret is encrypted with.
   *
   * @default - AWS's own key for Secrets Manager
   */
  readonly secretKey?: IKey;

  /**
   * When to back up: `cron(…)` or `rate(…)` of EventBridge Scheduler. The first run of a month is its monthly backup, the
   * first of a week (from Sunday) its weekly one, the others are daily ones.
   *
   * @default 'cron(0 2 * * ? *)'
   */
  readonly schedule?: string;

  /**
   * Who proves its backups: `function`, the stack's own; `elsewhere`, a machine that runs `lifeboat drill` as often as
   * `drillSchedule` says and puts its proofs into the vault, for a database that no function has room or time for; `off`,
   * nobody, and no alarm misses a proof.
   *
   * @default 'function'
   */
  readonly drill?: string;

  /**
   * When to drill the newest backup; of drills elsewhere, how often a proof is due.
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
   * Drill every backup as soon as it is sealed, besides the drill's own schedule.
   *
   * @default false
   */
  readonly drillAfterBackup?: boolean;

  /**
   * Questions of your own to the restored database; one that is answered otherwise fails the drill.
   *
   * @default - what every drill compares
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
