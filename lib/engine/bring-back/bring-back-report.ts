import type { RowKind } from './classify.ts';

/** Values of a key by column, as PostgreSQL prints them. */
export type Key = Readonly<Record<string, string | null>>;

/** The row because of which another one cannot be written. */
export interface OtherRow {
  /** `public.orders` */
  readonly table: string;
  /** Its key; of a row that is not there the values that are referred to. */
  readonly key: Key;
}

/** A row that cannot be written without breaking something else. */
export interface Conflict {
  /** `public.orders` */
  readonly table: string;
  readonly key: Key;
  readonly kind: RowKind;
  /** A sentence without a full stop. */
  readonly reason: string;
  /** One of the rows that it conflicts with, if it is known. */
  readonly other: OtherRow | null;
}

export interface TableRows {
  readonly name: string;
  /** Rows of the backup that a condition or foreign keys chose; null if all rows were meant. */
  readonly chosen: number | null;
  /** Rows that are brought back only if they are missing and others refer to them. */
  readonly support: number | null;
  /** Rows of the backup that the database no longer has, and how many of them were inserted. */
  readonly missing: number;
  readonly inserted: number;
  /** Rows with other values than in the backup, and how many of them were overwritten. */
  readonly changed: number;
  readonly overwritten: number;
  /** Rows that the backup does not have, and how many of them were deleted. Not looked for: null. */
  readonly added: number | null;
  readonly deleted: number;
  readonly conflicts: number;
  /** Rows that came out otherwise than in the backup, because a trigger changed them, and that was allowed. */
  readonly altered: number;
  /** Keys of the first rows of each kind. */
  readonly examples: Readonly<Record<RowKind, readonly Key[]>>;
  readonly notes: readonly string[];
}

/**
 * `restored`: everything that was asked for is as in the backup. `partial`: but for conflicts, which were
 * skipped, and rows that triggers changed, which was allowed. `refused`: there are conflicts, and nothing was changed. `nothing`: nothing had to be changed.
 */
export type RowsOutcome = 'restored' | 'partial' | 'refused' | 'nothing';

export interface RowsReport {
  readonly outcome: RowsOutcome;
  readonly tables: readonly TableRows[];
  readonly conflicts: readonly Conflict[];
  /** Whether there are more conflicts than those that are listed. */
  readonly moreConflicts: boolean;
  readonly conflictCount: number;
  /** Whether {@link conflictCount} is all of them: the search ends after many. */
  readonly conflictsCounted: boolean;
  /** Whether the user's triggers fired. */
  readonly triggers: 'off' | 'fired';
  readonly notes: readonly string[];
  /** Names of sequences, and the value that each was advanced to. */
  readonly sequences: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  /** `manual/shop-before-restore/20261120T020000Z-abc123`: what `--undo` takes. Null if nothing was changed. */
  readonly safetyCopy: string | null;
  /** Those of all batches, the newest first: in this order they are undone. */
  readonly safetyCopies: readonly string[];
  /** How long rows were locked. In a trial: how long they would be, by the time that the same work took. */
  readonly lockedMs: number;
}

/** What a person sees before agreeing. */
export interface RowsPlan {
  readonly backup: string;
  readonly backupAt: string;
  readonly target: { readonly display: string; readonly database: string };
  /** Whether the backup was taken of another database than the target. */
  readonly ofAnotherDatabase: boolean;
  readonly kinds: readonly RowKind[];
  /** How many rows a transaction changes at most; null: all in one. */
  readonly batchRows: number | null;
  /** Whether what the changed rows were is kept in the vault. */
  readonly keepsCopy: boolean;
  /** Who can open that copy; empty if it is not encrypted, or not kept. */
  readonly safetyRecipients: readonly string[];
  readonly trial: RowsReport | undefined;
}

export interface RowsResult extends RowsReport {
  readonly plan: RowsPlan;
  readonly dryRun: boolean;
  readonly durationMs: number;
}
