import { qualifiedName } from '../ground/sql.ts';

/**
 * The query that computes a materialized view's digest on the server: the number of rows and the sum of their
 * hashes, as one text. psql and every server since 13 can run it. Servers of 13 to 19 compute the same
 * hashes, on 32 and 64 bits.
 */
export function digestOfView({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `SELECT pg_catalog.count(*)::pg_catalog.text || ' ' || coalesce(pg_catalog.sum(pg_catalog.hashtextextended(ROW(rows_of_view.*)::pg_catalog.text, 0)::pg_catalog.numeric), 0)::pg_catalog.text AS digest FROM ${qualifiedName(schema, name)} rows_of_view`;
}
