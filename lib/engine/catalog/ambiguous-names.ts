import type { Manifest } from '../archive/manifest.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import { referencesIn, type TableWithReferences } from './held-references.ts';

/**
 * Types that COPY writes as a name without arguments, their catalogs, and the types that also write the
 * arguments.
 */
const NAMELESS = [
  { type: 'regproc', catalog: 'pg_proc', name: 'proname', schema: 'pronamespace', instead: 'regprocedure' },
  {
    type: 'regoper',
    catalog: 'pg_operator',
    name: 'oprname',
    schema: 'oprnamespace',
    instead: 'regoperator',
  },
] as const;

/**
 * Finds columns of regproc, regoper, and types made of these, whose values name a function or operator that
 * has a namesake in its schema. The backup holds the text that COPY writes, and no server can tell which one
 * it means. For the manifest's `leftOut`.
 */
export async function ambiguousNames(
  query: QueryRows,
  tables: readonly TableWithReferences[],
): Promise<Manifest['leftOut']> {
  const found: Array<Manifest['leftOut'][number]> = [];
  for (const { table, columns } of tables) {
    const relation = qualifiedName(table.schema, table.name);
    for (const { name: column, type } of columns) {
      for (const { type: leaf, catalog, name, schema, instead } of NAMELESS) {
        const values = referencesIn(type, `t.${quoteIdentifier(column)}`, (kind, value) =>
          kind === leaf ? `SELECT ${value}::pg_catalog.oid` : undefined,
        );
        if (values === undefined) continue;
        const [row] = await query(`
          SELECT EXISTS (
            SELECT FROM ONLY ${relation} t CROSS JOIN LATERAL (${values}) AS named(oid)
             WHERE named.oid IN (
               SELECT o.oid FROM (
                 SELECT c.oid, pg_catalog.count(*) OVER (PARTITION BY c.${schema}, c.${name}) AS namesakes
                   FROM pg_catalog.${catalog} c) o WHERE o.namesakes > 1))::text AS ambiguous`);
        if (row?.ambiguous === 'true') found.push(leftOut(table, column, leaf, instead));
      }
    }
  }
  return found;
}

function leftOut(
  { schema, name }: TableWithReferences['table'],
  column: string,
  leaf: string,
  instead: string,
): Manifest['leftOut'][number] {
  return {
    name: `${schema}.${name}.${column}`,
    what: `arguments in values of ${leaf}`,
    reason: `the server writes such a value as a name without arguments, and several objects here have that name, so no server accepts these rows back. Change the column's type to ${instead} (ALTER TABLE … ALTER COLUMN … TYPE ${instead}) and back up again`,
  };
}
