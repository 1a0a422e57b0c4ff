/** The moment at which something was read from a server. */
export interface Moment {
  /** The text of `pg_current_snapshot()`. */
  readonly snapshot: string;
  readonly standby: boolean;
}

/**
 * Whether no transaction began to write or ended between two snapshots. A transaction that changes a catalog
 * has a transaction ID, and the text of a snapshot names every running one (PostgreSQL manual, "pg_snapshot
 * Components"). On a standby, it does not name all of them.
 */
export function isAtRest({ snapshot, standby }: Moment, now: unknown): boolean {
  return !standby && now === snapshot;
}
