/** One value as PostgreSQL prints it, by column. */
export type Values = Readonly<Record<string, string | null>>;

/** One row that is not the same on both sides. */
export interface RowExample {
  /** Of a table without a primary key it is left out. */
  readonly key?: Values;
  /** Whole rows, where they were asked for: as they are in the backup, and in the source. */
  readonly backup?: Values;
  readonly source?: Values;
}

/** `gone`: in the backup only. `new`: in the source only. `unknown`: it could not be compared, for the reason given. */
export type TableState = 'same' | 'differs' | 'gone' | 'new' | 'unknown';

export interface TableDiff {
  /** `public.users` */
  readonly name: string;
  readonly state: TableState;
  /** Why it is unknown, or what a reader has to know of the comparison; sentences without their full stops. */
  readonly notes: readonly string[];
  /** How rows of both sides were found to be the same one; null where no rows were compared. */
  readonly comparedBy: 'primary key' | 'whole row' | null;
  readonly backupRows: number;
  /** Null where they were not counted. */
  readonly sourceRows: number | null;
  /** In the backup and not in the source any more; null where that is not known. */
  readonly deleted: number | null;
  /** In the source and not in the backup. */
  readonly added: number | null;
  /** By primary key in both, with other values. */
  readonly changed: number | null;
  readonly examples: {
    readonly deleted: readonly RowExample[];
    readonly added: readonly RowExample[];
    readonly changed: readonly RowExample[];
  };
}

/** One object of the catalog that is not the same on both sides. */
export interface SchemaDiff {
  readonly kind: string;
  readonly name: string;
  readonly change: 'deleted' | 'added' | 'changed';
  /** Of a changed object: which of its facts. */
  readonly facts: readonly string[];
}

export interface DiffReport {
  /** The moment that the backup shows. */
  readonly backupAt: string;
  /** The moment that the source was looked at. */
  readonly sourceAt: string;
  readonly durationMs: number;
  readonly tables: readonly TableDiff[];
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
