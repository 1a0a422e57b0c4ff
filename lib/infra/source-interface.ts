import type { AlarmBase, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/**
 * A protected database. Its `connections` are those of its backup function: let the database accept it with
 * `database.connections.allowDefaultPortFrom(source)`. They throw if the source has no `network`.
 *
 * Metrics have a period of five minutes, in which the sentinel publishes once. Those that it publishes are gauges, with
 * the maximum as the statistic; those that a run publishes are counts or sizes of that run.
 */
export interface IProtectedSource extends IConstruct, IConnectable {
  /** The source's name in keys, metrics and alarms. */
  readonly name: string;

  /** The function that backs the source up. Events: docs/deploy.md, "A backup or a drill by hand". */
  readonly backupFunction: IFunction;

  /** The function that drills the source's backups; undefined if no function does. */
  readonly drillFunction: IFunction | undefined;

  /** The function that measures the source's health; undefined if none does. */
  readonly healthFunction: IFunction | undefined;

  /** The function that captures the source's changes; undefined if none does. */
  readonly captureFunction: IFunction | undefined;

  /** The function that drops the source's slot before it fills the disk; undefined if there is none. */
  readonly slotWatchFunction: IFunction | undefined;

  /** The function that exports tables after each backup; undefined if none does. */
  readonly exportFunction: IFunction | undefined;

  /** All alarms of the source, the critical one first; none if alarms are off. */
  readonly alarms: AlarmBase[];

  /** The alarm that wakes people for this source; undefined if alarms are off. */
  readonly criticalAlarm: AlarmBase | undefined;

  /**
   * Lets a principal of the same account list and restore the backups of this source, and no others. (It may list the
   * names of other keys.) Throws if the principal belongs to another account, or is a service.
   */
  grantRead(grantee: IGrantable): Grant;

  /** Lets a principal start a backup of this source: before a migration, for example. */
  grantInvokeBackup(grantee: IGrantable): Grant;

  /** Lets a principal start a drill of this source. Throws if no function drills it. */
  grantInvokeDrill(grantee: IGrantable): Grant;

  /** Age of the newest sealed full backup, in seconds. Published by the sentinel. */
  metricBackupAge(options?: MetricOptions): Metric;

  /** Age of the newest backup that a drill has proven, in seconds. Published by the sentinel. */
  metricProvenAge(options?: MetricOptions): Metric;

  /** Seconds since the newest proof was put into the vault. Published by the sentinel, once there is one. */
  metricDrillAge(options?: MetricOptions): Metric;

  /** Recovery time that the drill of the newest proven backup measured, in seconds. Published by the sentinel. */
  metricRecoveryTime(options?: MetricOptions): Metric;

  /** How far the newest backup is from its usual size, in per cent. Published by the sentinel. */
  metricSizeDeviation(options?: MetricOptions): Metric;

  /** Duration of the newest backup as a multiple of the usual one. Published by the sentinel. */
  metricDurationDeviation(options?: MetricOptions): Metric;

  /** Stored bytes of all backups of the source. Published by the sentinel. */
  metricStorage(options?: MetricOptions): Metric;

  /** COPY text of the backups of the last seven days, as 30 days: what leaves the host in a month, in bytes. */
  metricEgress(options?: MetricOptions): Metric;

  /** Bytes of /tmp that a drill of the newest backup needs. Published by the sentinel. */
  metricDrillDisk(options?: MetricOptions): Metric;

  /** Drills in a row that have not passed. Published by the sentinel. */
  metricConsecutiveDrillFailures(options?: MetricOptions): Metric;

  /** Time since a scrub of the whole vault ended, in seconds. Published by the sentinel. */
  metricScrubAge(options?: MetricOptions): Metric;

  /** Backups of the source that a scrub found damaged. Published at the end of each scrub. */
  metricDamagedBackups(options?: MetricOptions): Metric;

  /** Backups that were sealed. Published by each backup; the sum. */
  metricBackupsSucceeded(options?: MetricOptions): Metric;

  /** Backups that failed. Published by each backup; the sum. */
  metricBackupsFailed(options?: MetricOptions): Metric;

  /** Duration of a backup, in seconds. Published by each backup. */
  metricBackupDuration(options?: MetricOptions): Metric;

  /** Stored bytes of a backup. Published by each backup. */
  metricBackupSize(options?: MetricOptions): Metric;

  /** Drills that passed. Published by each drill in a function; the sum. */
  metricDrillsSucceeded(options?: MetricOptions): Metric;

  /** Drills that failed. Published by each drill in a function; the sum. */
  metricDrillsFailed(options?: MetricOptions): Metric;
}
