/**
 * The part of a database to back up. The default is everything, and an empty list counts as not given.
 * Patterns are those of pg_dump: `schema.table`, with `*` and `?`, folded to lower case outside double
 * quotes. A pattern for tables without a schema means `public`.
 *
 * Exclusion wins. A partitioned table is included or excluded together with its partitions.
 */
export interface BackupSelection {
  /** Includes only these schemas, and the tables of `tables`. */
  readonly schemas?: readonly string[];
  readonly excludeSchemas?: readonly string[];
  /** Includes only these tables, views and sequences, and the schemas of `schemas`. */
  readonly tables?: readonly string[];
  readonly excludeTables?: readonly string[];
  /** Tables that are backed up without their rows. */
  readonly excludeTableData?: readonly string[];
}
