/**
 * The one place that names metrics: the functions that publish and the alarms that watch both import it. Every metric
 * carries exactly the two dimensions below, so that each source has its own series in each environment.
 */
export const METRIC_NAMESPACE = 'Lifeboat';

export const METRIC_DIMENSIONS = { environment: 'Environment', source: 'Source' } as const;

/** Of its drill's room on disk a backup may need this much before its answer and an alarm warn of it. */
export const ROOM_WARNING_PERCENT = 80;

export interface MetricDefinition {
  readonly name: string;
  /** CloudWatch's StandardUnit. */
  readonly unit: 'Seconds' | 'Bytes' | 'Count' | 'Percent' | 'None';
  /** The function that publishes it. What the sentinel publishes comes every five minutes, the rest once per run. */
  readonly publishedBy: 'backup' | 'restore-drill' | 'sentinel';
}

export const METRICS = {
  /** Now − the later of: LastModified of the newest sealed full backup's manifest, CreationDate of the backup schedule. */
  backupAge: { name: 'BackupAgeSeconds', unit: 'Seconds', publishedBy: 'sentinel' },
  /** Now − the latest of: when the newest backup with a proof was sealed, CreationDate of either schedule. */
  provenAge: { name: 'ProvenAgeSeconds', unit: 'Seconds', publishedBy: 'sentinel' },
  /** |stored bytes of the newest full backup ÷ median of the seven before it in its class − 1| × 100; not with fewer than three. */
  sizeDeviation: { name: 'SizeDeviation', unit: 'Percent', publishedBy: 'sentinel' },
  /** Duration of the newest full backup ÷ median of the seven before it in its class; not with fewer than three. */
  durationDeviation: { name: 'DurationDeviation', unit: 'None', publishedBy: 'sentinel' },
  /** Stored bytes of all sealed backups of the source, as their manifests say. */
  storage: { name: 'StorageBytes', unit: 'Bytes', publishedBy: 'sentinel' },
  /** Room on disk that an embedded drill of the newest full backup needs, as estimated from its manifest. */
  drillDisk: { name: 'DrillDiskBytes', unit: 'Bytes', publishedBy: 'sentinel' },
  /** Recovery time measured by the drill that proved the newest proven backup, whoever ran it. */
  recoveryTime: { name: 'RecoveryTimeSeconds', unit: 'Seconds', publishedBy: 'sentinel' },
  /**
   * Drills that began since the newest one that succeeded or left the newest proof, those of the last 15 minutes left out unless they said that
   * they failed. Counted from DrillStarted, so that a drill which died without a word counts as failed.
   */
  consecutiveDrillFailures: { name: 'ConsecutiveDrillFailures', unit: 'Count', publishedBy: 'sentinel' },

  /** 1 when a backup was sealed, by this run or by another of the same slot. */
  backupSucceeded: { name: 'BackupSucceeded', unit: 'Count', publishedBy: 'backup' },
  /** 1 when a backup failed and the function lived to say so. */
  backupFailed: { name: 'BackupFailed', unit: 'Count', publishedBy: 'backup' },
  backupDuration: { name: 'BackupDurationSeconds', unit: 'Seconds', publishedBy: 'backup' },
  /** Stored bytes of the backup that was sealed. */
  backupSize: { name: 'BackupSizeBytes', unit: 'Bytes', publishedBy: 'backup' },

  /** 1 when a drill begins: the backup is known to be there, and nothing of it was read. */
  drillStarted: { name: 'DrillStarted', unit: 'Count', publishedBy: 'restore-drill' },
  /** 1 when the verdict was `proven` or `proven with skips`. */
  drillSucceeded: { name: 'DrillSucceeded', unit: 'Count', publishedBy: 'restore-drill' },
  /** 1 when the verdict was `failed`, or the drill could not be finished and the function lived to say so. */
  drillFailed: { name: 'DrillFailed', unit: 'Count', publishedBy: 'restore-drill' },
} as const satisfies Record<string, MetricDefinition>;
