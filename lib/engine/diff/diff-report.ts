import type { MomentSummary } from '../replay/moment-summary.ts';

/** Values by column, as PostgreSQL prints them. */
export type Values = Readonly<Record<string, string | null>>;

/** One row that differs between the two sides. */
export interface RowExample {
  /** Left out for a table without a primary key. */
  readonly key?: Values;
  /** The whole row in the backup, if whole rows were asked for; `source` is the same of the source. */
  readonly backup?: Values;
  readonly source?: Values;
}

/** `gone`: only in the backup. `new`: only in the source. `unknown`: not comparable; the notes say why. */
export type TableState = 'same' | 'differs' | 'gone' | 'new' | 'unknown';

export interface TableDiff {
  /** `public.users` */
  readonly name: string;
  readonly state: TableState;
  /** Why the state is unknown, or what to know about the comparison; sentences without full stops. */
  readonly notes: readonly string[];
  /** How rows of the two sides were matched; null if no rows were compared. */
  readonly comparedBy: 'primary key' | 'whole row' | null;
  readonly backupRows: number;
  /** Null if they were not counted. */
  readonly sourceRows: number | null;
  /** Rows of the backup that are no longer in the source; null if that is not known. */
  readonly deleted: number | null;
  /** Rows of the source that are not in the backup. */
  readonly added: number | null;
  /** Rows whose primary key is on both sides, with different values. */
  readonly changed: number | null;
  readonly examples: {
    readonly deleted: readonly RowExample[];
    readonly added: readonly RowExample[];
    readonly changed: readonly RowExample[];
  };
}

/** One object of the catalog that differs between the two sides. */
export interface SchemaDiff {
  readonly kind: string;
  readonly name: string;
  readonly change: 'deleted' | 'added' | 'changed';
  /** The facts of a changed object that differ. */
  readonly facts: readonly string[];
}

export interface DiffReport {
  /** The moment of the backup's snapshot, or the moment after it that was compared. */
  readonly backupAt: string;
  /** The moment between two backups that was compared; null: the backup itself. */
  readonly moment: MomentSummary | null;
  /** The moment of the snapshot of the source. */
  readonly sourceAt: string;
  readonly durationMs: number;
  /** Whether the backup was taken of this database, according to the cluster's identifier. */
  readonly sameDatabase: boolean;
  readonly tables: readonly TableDiff[];
  /** Schemas of the source that an unfinished restore made. They are not compared. */
  readonly unfinished: readonly string[];
  readonly schema: readonly SchemaDiff[];
  readonly totals: {
    readonly tables: number;
    readonly same: number;
    readonly deleted: number;
    readonly added: number;
    readonly changed: number;
    /** Tables whose rows could not be compared. */
    readonly unknown: number;
  };
}
