/** To the backup function, from EventBridge Scheduler: the run's planned time and the schedule that it is a run of. */
export interface ScheduledBackupEvent {
  /** ISO 8601. */
  readonly slot: string;
  /** `cron(…)` or `rate(…)`. */
  readonly schedule: string;
  /** Of the IANA database: `Europe/Berlin`. */
  readonly timeZone: string;
}

/** To the drill function, from its schedule or a person. */
export interface DrillEvent {
  /** An id, `class/source/id`, or `latest`. */
  readonly backup: string;
}

/** To the drill function, from EventBridge, when a manifest has appeared in the vault. */
export interface ManifestSealedEvent {
  readonly manifestKey: string;
}
