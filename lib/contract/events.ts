/** EventBridge Scheduler sends this to the backup function: the run's planned time and its schedule. */
export interface ScheduledBackupEvent {
  /** ISO 8601. */
  readonly slot: string;
  /** `cron(…)` or `rate(…)`. */
  readonly schedule: string;
  /** A name of the IANA database: `Europe/Berlin`. */
  readonly timeZone: string;
}

/** A schedule or a person sends this to the drill function. */
export interface DrillEvent {
  /** An id, `class/source/id`, or `latest`. */
  readonly backup: string;
}

/** EventBridge sends this to the drill function when a manifest has appeared in the vault. */
export interface ManifestSealedEvent {
  readonly manifestKey: string;
}

/** A schedule sends this to the sentinel. */
export interface SentinelEvent {
  /** The secret with the address of a monitor outside. Absent without one, and by hand. */
  readonly heartbeatSecretArn?: string;
  /** The function that writes the status page. Absent without one, and by hand. */
  readonly statusPageFunction?: string;
}

/** A schedule sends this to the notify function: tell what has been left over. */
export interface SweepEvent {
  readonly sweep: true;
}

/** A schedule sends this to the notify function: tell how the last week was. */
export interface DigestEvent {
  readonly digest: true;
  /** Where people find the status page. Absent without one. */
  readonly statusPage?: string;
  readonly sources: readonly DigestedSource[];
}

/** A source of the digest. */
export interface DigestedSource {
  readonly name: string;
  /** `function`, `elsewhere` or `off`. */
  readonly drill: string;
  /** `cron(…)` or `rate(…)`: when drills are due. Absent if nobody drills it. */
  readonly drillSchedule?: string;
  readonly timeZone: string;
}

/** A schedule sends this to the capture of a source. */
export interface CaptureEvent {
  /** ISO 8601: when the run was due. What was switched off later stays off. Absent by hand. */
  readonly slot?: string;
}

/** The capture sends this to the backup function, when a new epoch needs a base. */
export interface BaseEvent {
  readonly class: 'daily';
  readonly scope: 'full';
  readonly reason: string;
}
