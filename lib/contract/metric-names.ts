/**
 * The names of all metrics. The functions that publish and the alarms that watch both import them from here.
 * Every metric has exactly the two dimensions below, so that each source has its own series in each
 * environment.
 */
export const METRIC_NAMESPACE = 'Lifeboat';

/**
 * The namespace in which a metric is published. What the sentinel and the keeper say is in a namespace that only
 * they may write to. The functions of a source report in a namespace of that source: PutMetricData can be
 * limited by nothing but the namespace, so with one for all, whoever holds the credentials of one source
 * could turn the alarms of another one green.
 */
export function namespaceOf({ publishedBy }: MetricDefinition, environment: string, source: string): string {
  if (publishedBy === 'scrub') return SCRUB_NAMESPACE;
  if (publishedBy === 'health') return namespaceOfHealth(environment, source);
  if (publishedBy === 'capture') return namespaceOfCapture(environment, source);
  if (publishedBy === 'slot-watch') return namespaceOfSlotWatch(environment, source);
  return publishedBy === 'backup' || publishedBy === 'restore-drill'
    ? namespaceOfSource(environment, source)
    : METRIC_NAMESPACE;
}

/**
 * The namespace in which the end of a scrub reports. It has two parts, so no source has it. Who reads every object of the
 * vault must not be able to publish ages.
 */
export const SCRUB_NAMESPACE = `${METRIC_NAMESPACE}/Scrub`;

/** The namespace in which the backup and the drill of a source report. */
export function namespaceOfSource(environment: string, source: string): string {
  return `${METRIC_NAMESPACE}/${environment}/${source}`;
}

/**
 * The namespace in which the health function of a source reports. It is not that of the backups and drills: whoever
 * holds its credentials must not be able to say that a drill has passed.
 */
export function namespaceOfHealth(environment: string, source: string): string {
  return `${namespaceOfSource(environment, source)}/health`;
}

/** The namespace in which the capture of a source's changes reports. */
export function namespaceOfCapture(environment: string, source: string): string {
  return `${namespaceOfSource(environment, source)}/capture`;
}

/** The namespace of the watchdog of a source's slot: a capture that went wrong must not be able to speak for it. */
export function namespaceOfSlotWatch(environment: string, source: string): string {
  return `${namespaceOfSource(environment, source)}/slot`;
}

export const METRIC_DIMENSIONS = { environment: 'Environment', source: 'Source' } as const;

/** If a backup needs more than this part of its drill's disk space, its answer and an alarm warn. */
export const ROOM_WARNING_PERCENT = 80;

export interface MetricDefinition {
  readonly name: string;
  /** CloudWatch's StandardUnit. */
  readonly unit: 'Seconds' | 'Milliseconds' | 'Bytes' | 'Count' | 'Percent' | 'None';
  /** The function that publishes the metric: the sentinel every five minutes, the others once per run. */
  readonly publishedBy:
    | 'backup'
    | 'restore-drill'
    | 'sentinel'
    | 'scrub'
    | 'health'
    | 'capture'
    | 'slot-watch';
}

export const METRICS = {
  /**
   * Now − the later of: LastModified of the newest sealed full backup's manifest, CreationDate of the backup
   * schedule.
   */
  backupAge: { name: 'BackupAgeSeconds', unit: 'Seconds', publishedBy: 'sentinel' },
  /** Now − the latest of: when the newest backup with a proof was sealed, CreationDate of either schedule. */
  provenAge: { name: 'ProvenAgeSeconds', unit: 'Seconds', publishedBy: 'sentinel' },
  /**
   * |stored bytes of the newest full backup ÷ median of the seven before it in its class − 1| × 100; not with
   * fewer than three.
   */
  sizeDeviation: { name: 'SizeDeviation', unit: 'Percent', publishedBy: 'sentinel' },
  /**
   * Duration of the newest full backup ÷ median of the seven before it in its class; not with fewer than
   * three.
   */
  durationDeviation: { name: 'DurationDeviation', unit: 'None', publishedBy: 'sentinel' },
  /**
   * Now − when the proof of the newest proven backup was put into the vault; not while nothing is proven. Of a replica
   * with drills: now − the later of: when the newest drill that passed began, CreationDate of the drills' schedule. It
   * comes from what drills of the replica report: a proof in the replica may be the vault's.
   */
  drillAge: { name: 'DrillAgeSeconds', unit: 'Seconds', publishedBy: 'sentinel' },
  /** Stored bytes of all sealed backups of the source, as their manifests say. */
  storage: { name: 'StorageBytes', unit: 'Bytes', publishedBy: 'sentinel' },
  /**
   * COPY text of the backups of the last seven days, as 30 days: what leaves the host in a month. Attempts that failed are not
   * in it.
   */
  egress: { name: 'RawBytesMonth', unit: 'Bytes', publishedBy: 'sentinel' },
  /** Disk space that an embedded drill of the newest full backup needs, estimated from its manifest. */
  drillDisk: { name: 'DrillDiskBytes', unit: 'Bytes', publishedBy: 'sentinel' },
  /** Recovery time that the drill of the newest proven backup measured, in a function or elsewhere. */
  recoveryTime: { name: 'RecoveryTimeSeconds', unit: 'Seconds', publishedBy: 'sentinel' },
  /**
   * Drills that began since the newest one that succeeded or left the newest proof. Drills of the last 15
   * minutes count only if they have reported a failure. The count uses DrillStarted, so that a drill that
   * died without a report counts as failed.
   */
  consecutiveDrillFailures: { name: 'ConsecutiveDrillFailures', unit: 'Count', publishedBy: 'sentinel' },

  /** 1 when a backup was sealed, by this run or by another of the same slot. */
  backupSucceeded: { name: 'BackupSucceeded', unit: 'Count', publishedBy: 'backup' },
  /** 1 when a backup failed and the function could still publish it. */
  backupFailed: { name: 'BackupFailed', unit: 'Count', publishedBy: 'backup' },
  backupDuration: { name: 'BackupDurationSeconds', unit: 'Seconds', publishedBy: 'backup' },
  /** Stored bytes of the backup that was sealed. */
  backupSize: { name: 'BackupSizeBytes', unit: 'Bytes', publishedBy: 'backup' },

  /** 1 when a drill begins: the backup exists, and nothing of it has been read yet. */
  drillStarted: { name: 'DrillStarted', unit: 'Count', publishedBy: 'restore-drill' },
  /** 1 when the verdict was `proven` or `proven with skips`. */
  drillSucceeded: { name: 'DrillSucceeded', unit: 'Count', publishedBy: 'restore-drill' },
  /** 1 when the verdict was `failed`, or when an unfinished drill could still publish that. */
  drillFailed: { name: 'DrillFailed', unit: 'Count', publishedBy: 'restore-drill' },

  /**
   * Now − the later of: when a scrub of the whole vault last ended, CreationDate of its schedule. Absent without scrubs.
   */
  scrubAge: { name: 'ScrubAgeSeconds', unit: 'Seconds', publishedBy: 'sentinel' },
  /**
   * Backups of the source that the scrub found damaged. 0 only if all of them were read in full.
   */
  damagedBackups: { name: 'DamagedBackups', unit: 'Count', publishedBy: 'scrub' },
} as const satisfies Record<string, MetricDefinition>;
