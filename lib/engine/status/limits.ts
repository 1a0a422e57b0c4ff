/** What a source is measured by: the thresholds of its alarms. */
export interface StatusLimits {
  /** How old the newest full backup may be. */
  readonly backupSeconds: number;
  /** How old the newest proven backup may be; undefined if nobody drills the source. */
  readonly proofSeconds: number | undefined;
  /** How long a restore may take in a drill. @default - as long as it takes */
  readonly recoverySeconds?: number | undefined;
  /** How far captured changes may be behind. */
  readonly changesSeconds: number;
  /** By how much a backup may be larger or smaller than usual. */
  readonly sizePercent: number;
  /** How many times as long as usual a backup may take. */
  readonly durationFactor: number;
}

const HOUR = 3600;

/** Without a stack nobody has said how often backups are made: a day and an hour, and a week and a day, as the alarms have it. */
export const DEFAULT_LIMITS: StatusLimits = {
  backupSeconds: 25 * HOUR,
  proofSeconds: 192 * HOUR,
  changesSeconds: HOUR,
  sizePercent: 50,
  durationFactor: 2,
};
