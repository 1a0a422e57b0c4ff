/** One thing that a drill or a restore compared. */
export interface ReportItem {
  /** `table`, `sequence`, `large-objects`, `statement`, `catalog`, `foreign-key`, `row-security`, `custom-check`. */
  readonly kind: string;
  readonly name: string;
  /**
   * `match`: compared and equal. `differs`: compared and not equal, or it could not be restored. `skipped`: the
   * target cannot prove it; no fault is known.
   */
  readonly verdict: 'match' | 'differs' | 'skipped';
  /** What differs, or why it could not be compared. Undefined for a match. */
  readonly reason?: string | undefined;
}

/** The figures of a drill or a restore. */
export interface ReportTotals {
  readonly tables: number;
  readonly rows: number;
  /** The rows before compression, in bytes. */
  readonly rawBytes: number;
  /** The numbers of items, by verdict. */
  readonly matched: number;
  readonly differing: number;
  readonly skipped: number;
}
