import type { TimeZone } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Compute } from './compute.ts';
import type { DrillCheckProps } from './drill-check-props.ts';
import type { DrillPlace } from './drill-place.ts';
import type { ExportProps } from './export-props.ts';
import type { FunctionSizeProps } from './function-size-props.ts';
import type { HealthProps } from './health-props.ts';
import type { HeartbeatProps } from './heartbeat-props.ts';
import type { HostProfile } from './host-profile.ts';
import type { LoadProps } from './load-props.ts';
import type { PointInTimeProps } from './point-in-time-props.ts';
import type { SelectionProps } from './selection-props.ts';
import type { SourceNetworkProps } from './source-network-props.ts';
import type { TaskSizeProps } from './task-size-props.ts';

/** A database to protect. */
export interface SourceProps {
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
   * A monitor outside of the account that hears of each backup and drill. Its secret holds an address, or
   * `{"backup": "https://…", "drill": "https://…"}`.
   *
   * @default - no monitor is told
   */
  readonly heartbeat?: HeartbeatProps;

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
   * @default - none; with ageRecipients, drill must then be `DrillPlace.ELSEWHERE` or `DrillPlace.OFF`
   */
  readonly ageIdentitySecret?: ISecret;

  /**
   * The customer key that the secret of the identity is encrypted with.
   *
   * @default - AWS's own key for Secrets Manager
   */
  readonly ageIdentitySecretKey?: IKey;

  /**
   * When to back up: a cron or a rate. The first run of a month makes the monthly backup, the first run of a week
   * (from Sunday) the weekly one, and every other run a daily one.
   *
   * @default - every day at 02:00
   */
  readonly schedule?: ScheduleExpression;

  /**
   * Who proves the source's backups.
   *
   * @default DrillPlace.FUNCTION
   */
  readonly drill?: DrillPlace;

  /**
   * When to drill the newest backup. With `DrillPlace.ELSEWHERE`: how often a proof is due.
   *
   * @default - every Sunday at 05:00
   */
  readonly drillSchedule?: ScheduleExpression;

  /**
   * The time zone of the schedules that name none. CDK gives `Etc/UTC` to a schedule without a zone, so a schedule
   * in `Etc/UTC` counts as one that names none.
   *
   * @default - UTC
   */
  readonly timeZone?: TimeZone;

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
   * Measures the health of the source and alarms: connections, slow queries, sizes, vacuum, row security. An empty
   * object is every five minutes, with the source's own secret. It keeps a host awake that suspends idle databases.
   *
   * @default - its health is not measured
   */
  readonly health?: HealthProps;

  /**
   * Captures the changes between backups, so that any moment can be restored. An empty object is every five minutes, kept
   * for seven days. The source needs `wal_level = logical` and a role that may replicate. It keeps a host awake that suspends
   * idle databases.
   *
   * @default - only backups can be restored
   */
  readonly pointInTime?: PointInTimeProps;

  /**
   * Exports that are made after each scheduled backup, from that backup, into a bucket of their own, which deletes them
   * after days.
   *
   * @default - nothing is exported
   */
  readonly exports?: readonly ExportProps[];

  /**
   * The network to back up from.
   *
   * @default - no VPC: the database has a public address
   */
  readonly network?: SourceNetworkProps;

  /** The size of the backup function. @default - 2048 MiB of memory */
  readonly backupSize?: FunctionSizeProps;

  /**
   * What backs the source up.
   *
   * @default Compute.AUTO
   */
  readonly compute?: Compute;

  /** The size of the task. @default - 2 vCPUs with 4 GiB */
  readonly taskSize?: TaskSizeProps;

  /** The size of the drill function. @default - 2048 MiB of memory, 10240 MiB of /tmp */
  readonly drillSize?: FunctionSizeProps;

  /**
   * With `DrillPlace.AUTO` or `DrillPlace.TASK`: the image of the server, for extensions that PostgreSQL's own lacks. It
   * must be public, for ARM64, of the source's major, and have a user `postgres`.
   *
   * @default - the public image of the source's major
   */
  readonly drillImage?: string;

  /** With `DrillPlace.AUTO` or `DrillPlace.TASK`: the longest that a task drills, in hours, at most 72. @default 12 */
  readonly drillHours?: number;

  /**
   * GB (10^9 bytes) of COPY text a month from which on `egress-high` fires. Every backup leaves the host as text that
   * nothing compresses on the way, and hosts count it: `lifeboat estimate` says what to set.
   *
   * @default - no alarm
   */
  readonly egressLimitGb?: number;

  /**
   * The part of the database to back up.
   *
   * @default - everything
   */
  readonly selection?: SelectionProps;

  /**
   * Lists of tables (`public.users`) and schemas (`auth`) that a restore makes usable before the rest, in
   * order of priority. Every backup keeps them, so that a restore does not need the stack.
   *
   * @default - everything at once
   */
  readonly tiers?: readonly (readonly string[])[];

  /**
   * The hosting provider. Its own objects are left out.
   *
   * @default - detected from the host name
   */
  readonly hostProfile?: HostProfile;

  /**
   * Limits the load on the source.
   *
   * @default - four connections, no limit
   */
  readonly load?: LoadProps;
}
