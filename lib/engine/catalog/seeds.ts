/** A catalog row to leave out, for its own reason. Everything that depends on it is left out, too. */
export interface Seed {
  /** `pg_namespace`, `pg_class`, `pg_event_trigger` … */
  readonly catalog: string;
  readonly oid: number;
  /** For the manifest: `schema`, `table`. */
  readonly what: string;
  readonly name: string;
  readonly reason: string;
  /** Set for tables, views and sequences. */
  readonly relation?: { readonly schema: string; readonly name: string };
  /**
   * `asked`: the user asked for it, and an impossible request is refused. `host`: it belongs to the host, and
   * stays if needed.
   */
  readonly origin: 'asked' | 'host';
  /** For a schema: its extensions stay, and so the schema stays, too. */
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
  /** Why large objects are left out; absent if they are not. They belong to no schema. */
  readonly largeObjects?: string;
}
