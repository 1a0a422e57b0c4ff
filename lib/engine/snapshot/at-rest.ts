/** When something was read of a server. */
export interface Moment {
  /** The text of `pg_current_snapshot()`. */
  readonly snapshot: string;
  readonly standby: boolean;
}

/**
 * Whether no transaction has begun to write or ended between two snapshots: whoever changes a catalog has a transaction ID, and
 * each that was running is named in a snapshot's text (PostgreSQL manual, "pg_snapshot Components"). On a standby they are not all named.
 */
export function isAtRest({ snapshot, standby }: Moment, now: unknown): boolean {
  return !standby && now === snapshot;
}
