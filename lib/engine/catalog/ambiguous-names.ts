import type { Manifest } from '../archive/manifest.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import { referencesIn, type TableWithReferences } from './held-references.ts';

/** Types that COPY writes as a name without arguments, the catalog of what they name, and the type that says the arguments too. */
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
 * Columns of regproc and regoper, and of what is made of them, that refer to a function or operator which has a namesake in its
 * schema: their text is sealed as COPY writes it, and no server can tell which one it means. For the manifest's `leftOut`.
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
    reason: `the server writes such a value as a name alone, which is not the only one of its kind here: no server takes these rows back. Make it ${instead} (ALTER TABLE … ALTER COLUMN … TYPE ${instead}) and back up again`,
  };
}
