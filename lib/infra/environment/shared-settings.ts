import type { LoadProps } from '../props/load-props.ts';
import type { SelectionProps } from '../props/selection-props.ts';

/**
 * How long the backups of one class are kept, and where. A backup expires when its days are over and a newer full
 * backup of its source is proven.
 */
export interface ClassRetentionSettings {
  /** Days for which a backup of this class is kept at least. */
  readonly days: number;

  /**
   * Days after which the objects of this class move to a cheaper storage class.
   *
   * @default - they stay in S3 Standard
   */
  readonly colderAfterDays?: number;

  /**
   * The cheaper storage class: `STANDARD_IA` or `GLACIER_IR`. S3 reads objects of these two at once, so that
   * a restore at three in the morning does not wait hours for an object.
   *
   * @default 'GLACIER_IR'
   */
  readonly colderClass?: string;
}

/** How long backups are kept, by class. */
export interface RetentionSettings {
  /** The backups of most days. @default - 7 days */
  readonly daily?: ClassRetentionSettings;

  /** The first backup of a week. @default - 28 days */
  readonly weekly?: ClassRetentionSettings;

  /** The first backup of a month. @default - 365 days, in Glacier Instant Retrieval from the 30th on */
  readonly monthly?: ClassRetentionSettings;

  /** Backups that people make. @default - 30 days */
  readonly manual?: ClassRetentionSettings;

  /**
   * Days for which a deleted or expired object can still be recovered. It stays as a noncurrent version,
   * which is billed.
   *
   * @default 7
   */
  readonly undeleteDays?: number;
}

/** How the objects of a backup are locked when they are written. */
export interface ObjectLockSettings {
  /**
   * `governance`, `compliance` or `off`. In governance mode the break-glass role can lift a lock. In
   * compliance mode nobody can, not even the account's root user or AWS: a backup, and the rest of one that
   * failed, is billed until its lock ends. With `off` nothing is locked; a legal hold can still be put on any
   * backup.
   *
   * @default 'governance'
   */
  readonly mode?: string;

  /**
   * Locks for this many days at most.
   *
   * @default - as long as the backup's class keeps it
   */
  readonly days?: number;
}

/** Thresholds of alarms. Ages have no setting: their thresholds follow from the schedules. */
export interface ThresholdSettings {
  /**
   * How much larger or smaller than usual a backup may be, in per cent.
   *
   * @default 50
   */
  readonly sizeDeviationPercent?: number;

  /**
   * How many times the usual duration a backup may take.
   *
   * @default 2
   */
  readonly durationFactor?: number;

  /**
   * The longest acceptable recovery time, in minutes, as drills measure it. At most 14, because Lambda stops
   * a drill function after 15 minutes, and then drill-failed fires.
   *
   * @default 10
   */
  readonly recoveryTimeMinutes?: number;
}

/** When a figure of health is a warning, and when it is critical, in the unit of its check (docs/health.md). */
export interface HealthThresholdSettings {
  /** From this value on it is a warning; null: never. @default - the check's own */
  readonly warning?: number | null;

  /** From this value on it is critical; null: never. @default - the check's own */
  readonly critical?: number | null;
}

/** How the health of a source is measured. */
export interface HealthMeasureSettings {
  /** How often, in minutes: 2 to 15. @default 5 */
  readonly everyMinutes?: number;

  /** How large the database may become, in bytes: the limit of its plan or disk. @default - no limit */
  readonly sizeLimitBytes?: number;

  /** Schemas that an API serves. @default - what PostgREST is told, or Supabase's own */
  readonly apiSchemas?: readonly string[];

  /** By the names of checks. @default - those of docs/health.md */
  readonly thresholds?: Readonly<Record<string, HealthThresholdSettings>>;
}

/** How the changes of a source between its backups are captured (docs/point-in-time.md). */
export interface PointInTimeSettings {
  /** How often: `'1 minute'` to `'5 minutes'`. @default '5 minutes' */
  readonly every?: string;

  /** For how many days every moment can be restored. Until the keeper marks changes, they are kept for longer. @default 7 */
  readonly keepDays?: number;

  /**
   * WAL that the slot may hold on the source: `'2 GiB'`, `'512 MiB'`. From a quarter of it on an alarm warns; at the limit
   * Lifeboat drops the slot, so that the disk of the source does not fill.
   *
   * @default '2 GiB'
   */
  readonly maxHeldWal?: string;
}

/** The size of a function. CPU and network grow with memory; 1,769 MB are one vCPU. */
export interface FunctionSizeSettings {
  /** Memory, in MB. @default 2048 */
  readonly memoryMb?: number;

  /**
   * Size of /tmp, in MB. A drill needs about 2.3 times the size of the restored database there.
   *
   * @default - 512 for a backup, which writes no files; 10240 for a drill, billed only while it runs
   */
  readonly temporaryStorageMb?: number;
}

/** The size of the task that backs a source up when a function is not enough. */
export interface TaskSizeSettings {
  /** 1, 2, 4, 8 or 16. @default 2 */
  readonly vcpu?: number;

  /** Memory in GB, as much as Fargate has for the vCPUs. @default - the least: 2 GB for each vCPU */
  readonly memoryGb?: number;

  /**
   * The hours that a backup in a task may take, at most 48. The alarms wait that much longer for a backup. A task that
   * takes four times as long ends itself.
   *
   * @default - 1, for which the alarms do not wait; or 3 if every backup is made by a task
   */
  readonly hours?: number;
}

/** An export that is made after each scheduled backup, from that backup. */
export interface ExportSettings {
  /** The name of its folder: lower-case letters, digits and hyphens. */
  readonly name: string;

  /** Tables, as `public.users`, a file for each. @default - `query` must be given */
  readonly tables?: readonly string[];

  /** One query, whose result becomes one file. @default - `tables` must be given */
  readonly query?: string;

  /** `csv`, `ndjson` or `parquet`. @default 'csv' */
  readonly format?: string;

  /** After how many days the bucket deletes it: at most 90. @default 7 */
  readonly keepDays?: number;
}

/** Settings for every backup of a source. */
export interface BackupOrderSettings {
  /**
   * The part of the database to back up.
   *
   * @default - everything
   */
  readonly selection?: SelectionProps;

  /**
   * Lists of tables (`public.users`) and schemas (`auth`) that a restore makes usable before the rest, in
   * order of priority. Every backup keeps them, so that a restore does not need this file.
   *
   * @default - everything at once
   */
  readonly tiers?: readonly (readonly string[])[];

  /**
   * The hosting provider: `plain`, `supabase`, `neon` or `rds`. Its own objects are left out.
   *
   * @default - detected from the host name
   */
  readonly hostProfile?: string;

  /**
   * Limits the load on the source.
   *
   * @default - four connections, no limit
   */
  readonly load?: LoadProps;
}
