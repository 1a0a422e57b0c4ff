import { qualifiedName, quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import type { SourceTable } from './tables.ts';

/** Heap pages [from, to); `to` is null in the last range of a table, which is open. */
export interface PageRange {
  readonly from: number;
  readonly to: number | null;
}

/**
 * The statement that reads a table's rows, or a page range of them. It always has ONLY and a column list:
 * otherwise a parent would include its children's rows, and `*` the generated columns.
 */
export function selectRows(
  table: Pick<SourceTable, 'schema' | 'name' | 'columns' | 'condition'>,
  pages?: PageRange,
): string {
  const columns = table.columns.map(quoteIdentifier).join(', ');
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
 * The COPY statement. `encoding` is the server's own, so that the server converts nothing and every byte
 * stays as stored.
 */
export function copyOut(select: string, encoding: string): string {
  return `COPY (${select}) TO STDOUT WITH (FORMAT text, ENCODING ${quoteLiteral(encoding)})`;
}
