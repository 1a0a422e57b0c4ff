import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { Target } from '../target/target.ts';

/** The SQL that prints a column of a table; for nearly every column its name. */
export type PrintColumn = (schema: string, table: string, column: string) => string;

/** From 19 on the part behind the slash has eight digits, as `%X/%08X` prints it; before, as few as it needs. */
const PADS_LSN_SINCE = 19;
const LSN = `'pg_catalog.pg_lsn'::pg_catalog.regtype`;

/**
 * Prints columns of type pg_lsn as the archived server did, where the target's major prints them otherwise: else
 * equal rows would have different digests. Arrays and composites of them are printed as they are.
 */
export async function printAsArchivedServer(target: Target, archivedMajor: number): Promise<PrintColumn> {
  const archivePads = archivedMajor >= PADS_LSN_SINCE;
  if (archivePads === target.serverMajor >= PADS_LSN_SINCE)
    return (...[, , column]) => quoteIdentifier(column);
  const { rows } = await target.execute(`
    SELECT n.nspname AS schema, c.relname AS "table", a.attname AS "column"
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
       AND ${LSN} IN (t.oid, t.typbasetype)`);
  const printedOtherwise = new Set(
    rows.map(({ schema, table, column }) => `${qualifiedName(schema ?? '', table ?? '')}.${column}`),
  );
  return (schema, table, column) => {
    const name = quoteIdentifier(column);
    if (!printedOtherwise.has(`${qualifiedName(schema, table)}.${column}`)) return name;
    return archivePads ? padded(name) : unpadded(name);
  };
}

function padded(name: string): string {
  const part = (number: number) => `pg_catalog.split_part(${name}::pg_catalog.text, '/', ${number})`;
  return `${part(1)} OPERATOR(pg_catalog.||) '/' OPERATOR(pg_catalog.||) pg_catalog.lpad(${part(2)}, 8, '0')`;
}

function unpadded(name: string): string {
  return `pg_catalog.regexp_replace(${name}::pg_catalog.text, '/0{1,7}', '/')`;
}
