/**
 * What of a database to back up; everything unless given, and an empty list counts as not given. Patterns as pg_dump takes them: `schema.table`, with `*` and `?`,
 * folded to lower case where they are not in double quotes. A table's pattern without a schema means `public`.
 *
 * Exclusion wins. A partitioned table brings, or takes along, its partitions.
 */
export interface BackupSelection {
  /** Only these schemas, and the tables of `tables`. */
  readonly schemas?: readonly string[];
  readonly excludeSchemas?: readonly string[];
  /** Only these tables, views, sequences, and the schemas of `schemas`. */
  readonly tables?: readonly string[];
  readonly excludeTables?: readonly string[];
  /** Tables that are kept without their rows. */
  readonly excludeTableData?: readonly string[];
}
