/** A catalog row that is to be left out, for its own reason; what cannot be without it goes along. */
export interface Seed {
  /** `pg_namespace`, `pg_class`, `pg_event_trigger` … */
  readonly catalog: string;
  readonly oid: number;
  /** For the manifest: `schema`, `table`. */
  readonly what: string;
  readonly name: string;
  readonly reason: string;
  /** Of tables, views, sequences. */
  readonly relation?: { readonly schema: string; readonly name: string };
  /** Asked for, or the host's: what is asked for and cannot be is refused, what is the host's and is needed stays. */
  readonly origin: 'asked' | 'host';
  /** Of a schema: its extensions stay, and it stays for their sake. */
  readonly keepExtensions?: boolean;
}

export interface RowsLeftOut {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Completes "its rows are not in the backup: …". */
  readonly reason: string;
  readonly ofExtension: boolean;
}

export interface Seeds {
  readonly seeds: readonly Seed[];
  readonly withoutRows: readonly RowsLeftOut[];
  /** Why large objects are left out, where they are: they belong to no schema. */
  readonly largeObjects?: string;
}
