/** What was done to one table. */
export interface TableCounts {
  inserted: number;
  updated: number;
  deleted: number;
  truncated: number;
  /** By how much the number of its rows changed since the base, or since it was truncated. */
  rowsMore: number;
}

export function noCounts(): TableCounts {
  return { inserted: 0, updated: 0, deleted: 0, truncated: 0, rowsMore: 0 };
}

/** How far a replay has come. */
export interface ReplayState {
  /** Where the commit record of the last transaction begins that is in the target; null before the first. */
  readonly commitLsn: string | null;
  /** Microseconds since 1970, of that transaction; they need not rise. */
  readonly committedAtMicros: string | null;
  readonly transactions: number;
  /** By `schema.table` of the source. */
  readonly tables: Readonly<Record<string, Readonly<TableCounts>>>;
}
