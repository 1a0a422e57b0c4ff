import { quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { plainName, relationKey } from '../archived/relation-key.ts';
import type { RestorePlan } from './restore-plan.ts';

/**
 * Notes for tables that the target lacks, while it has another one that the backup does not know, with the very same
 * columns: somebody may have renamed the table, and nothing is lost. A catalog does not say so for certain.
 */
export async function renameNotes(session: ServerTarget, plan: RestorePlan): Promise<string[]> {
  const { scope, tables, target, backup, newName, copy } = plan;
  if (
    !scope.tables ||
    newName !== undefined ||
    copy !== undefined ||
    target.holds === undefined ||
    plan.resumes
  )
    return [];
  const lacking = tables.filter(({ schema, name }) => !target.relations.has(relationKey(schema, name)));
  if (lacking.length === 0) return [];
  const strangers = [...target.relations.values()].filter(
    ({ key, kind }) => 'rp'.includes(kind) && !backup.schema.relations.has(key),
  );
  if (strangers.length === 0) return [];
  const oids = strangers.map(({ key }) => `pg_catalog.to_regclass(${quoteLiteral(key)})`).join(', ');
  const { rows } = await session.execute(`
    SELECT n.nspname AS schema, c.relname AS name, pg_catalog.json_agg(a.attname ORDER BY a.attname) AS columns
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.oid = ANY (ARRAY[${oids}]::pg_catalog.oid[]) GROUP BY 1, 2 ORDER BY 1, 2`);
  const byColumns = Map.groupBy(rows, ({ columns }) => columnsOf(JSON.parse(String(columns))));
  return lacking.flatMap(({ schema, name, columns }) =>
    (byColumns.get(columnsOf(columns)) ?? []).map((one) => {
      const now = plainName(relationKey(String(one.schema), String(one.name)));
      return `${schema}.${name} is not in the target, but ${now} has the same columns, and the backup does not have it. If ${schema}.${name} was renamed, its rows are there. This restore makes a second table and leaves ${now} as it is.`;
    }),
  );
}

function columnsOf(names: readonly string[]): string {
  return JSON.stringify([...names].sort());
}
