/**
 * Selects the part of a database that is backed up. Patterns are like pg_dump's: `schema.table` with `*` and
 * `?`, folded to lower case outside double quotes; a table pattern without a schema means `public`.
 * Exclusions win. Excluded objects do not count as part of the source: alarms, drills and `latest` treat such
 * a backup as a full one.
 */
export interface SelectionProps {
  /** Only these schemas, and the tables of `tables`. @default - all schemas */
  readonly schemas?: readonly string[];

  /** Not these schemas. @default - none is left out */
  readonly excludeSchemas?: readonly string[];

  /** Only these tables, and the schemas of `schemas`. @default - all tables */
  readonly tables?: readonly string[];

  /** Not these tables. @default - none is left out */
  readonly excludeTables?: readonly string[];

  /** Tables that are kept without their rows. @default - none */
  readonly excludeTableData?: readonly string[];
}
