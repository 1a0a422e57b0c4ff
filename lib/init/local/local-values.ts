export const SCHEDULERS = ['systemd', 'cron', 'launchd', 'github-actions'] as const;
export type Scheduler = (typeof SCHEDULERS)[number];

/** What a schedule without AWS is made from. All of it has been checked. */
export interface LocalValues {
  readonly scheduler: Scheduler;
  /** The source's name in the vault. */
  readonly source: string;
  /** `s3://bucket/prefix` or `file:///path`. */
  readonly vault: string;
  /** Undefined: nobody gets mail. */
  readonly email: string | undefined;
  /** The project's directory, absolute. */
  readonly directory: string;
  /** The user who runs the schedule. */
  readonly user: string;
  /** Absolute path of the Node.js that runs Lifeboat. */
  readonly node: string;
  /** Version of the package. */
  readonly lifeboat: string;
  /** Variables that name source and vault, and are set now: they are written into a file that only its owner can read. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * 04:17: no zone of the world puts its clocks forward or back at that hour, so no run is skipped or done twice, and
 * services that many people schedule on the full hour are busy then.
 */
export const BACKUP_AT = { hour: 4, minute: 17 } as const;
/** On Sundays, when the night's backup is done. */
export const DRILL_AT = { hour: 6, minute: 17 } as const;

/** What the schedule runs. */
export const JOBS = [
  { name: 'backup', at: BACKUP_AT, weekly: false },
  { name: 'drill', at: DRILL_AT, weekly: true },
] as const;
export type Job = (typeof JOBS)[number];
