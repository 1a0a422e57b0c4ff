import { qualifiedName, quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import type { SourceTable } from './tables.ts';

/** Heap pages [from, to); `to` is null in the last range of a table, which is open. */
export interface PageRange {
  readonly from: number;
  readonly to: number | null;
}

/**
 * The statement that reads a table's rows, or a page range of them. It always has ONLY and a column list:
 * otherwise a parent would include its children's rows, and `*` the generated columns. `print` makes the SQL of
 * a column. @default its name
 */
export function selectRows(
  table: Pick<SourceTable, 'schema' | 'name' | 'columns' | 'condition'>,
  pages?: PageRange,
  print: (column: string) => string = quoteIdentifier,
): string {
  const columns = table.columns.map(print).join(', ');
  const from = `SELECT ${columns} FROM ONLY ${qualifiedName(table.schema, table.name)}`;
  if (!pages) return table.condition ? `${from} ${table.condition}` : from;
  const bounds = [
    ...(pages.from > 0 ? [`ctid >= '(${pages.from},0)'::pg_catalog.tid`] : []),
    ...(pages.to === null ? [] : [`ctid < '(${pages.to},0)'::pg_catalog.tid`]),
  ];
  const condition = table.condition?.replace(/^\s*WHERE\s/i, '');
  const all = condition ? [`(${condition})`, ...bounds] : bounds;
  return all.length === 0 ? from : `${from} WHERE ${all.join(' AND ')}`;
}

/**
 * The COPY statement for a table's rows, or a page range of them. `encoding` is the server's own, so that the server converts
 * nothing and every byte stays as stored. A whole table is read without a query, as pg_dump reads it: a query is planned, and
 * the planner runs functions of the table's owner that stand in its indexes, statistics and constraints, with the rights and in
 * the session of the role that backs up.
 */
export function copyRows(
  table: Pick<SourceTable, 'schema' | 'name' | 'columns' | 'condition'>,
  encoding: string,
  pages?: PageRange,
): string {
  if (pages || table.condition) return copyOut(selectRows(table, pages), encoding);
  // Without a list, COPY takes all columns that are not generated: here there are none.
  const list = table.columns.length === 0 ? '' : ` (${table.columns.map(quoteIdentifier).join(', ')})`;
  return `COPY ${qualifiedName(table.schema, table.name)}${list} TO STDOUT ${formatIn(encoding)}`;
}

/** The COPY statement for the rows of a query. */
export function copyOut(select: string, encoding: string): string {
  return `COPY (${select}) TO STDOUT ${formatIn(encoding)}`;
}

function formatIn(encoding: string): string {
  return `WITH (FORMAT text, ENCODING ${quoteLiteral(encoding)})`;
}
