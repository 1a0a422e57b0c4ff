import { quoteLiteral } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';

/**
 * Columns that were probably renamed, by their former names: one went and one came at the same place among the columns
 * that both have. A backup does not hold the numbers by which PostgreSQL knows a renamed column.
 */
export function likelyRenames(
  before: readonly string[],
  after: readonly string[],
): ReadonlyMap<string, string> {
  const both = new Set(before.filter((column) => after.includes(column)));
  const gone = gaps(before, both);
  const fresh = gaps(after, both);
  const renames = new Map<string, string>();
  for (const [place, columns] of gone) {
    const [old, ...others] = columns;
    const [now, ...more] = fresh.get(place) ?? [];
    if (old !== undefined && now !== undefined && others.length === 0 && more.length === 0)
      renames.set(old, now);
  }
  return renames;
}

/** The columns that are not among `both`, by those of `both` before and after them. */
function gaps(columns: readonly string[], both: ReadonlySet<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [at, column] of columns.entries()) {
    if (both.has(column)) continue;
    const previous = columns.slice(0, at).findLast((one) => both.has(one));
    const next = columns.slice(at).find((one) => both.has(one));
    const place = JSON.stringify([previous ?? null, next ?? null]);
    found.set(place, [...(found.get(place) ?? []), column]);
  }
  return found;
}

export interface NamedColumns {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * Tables of the database that a table of the backup may be by now: they have the same columns, and a name that no table
 * of the backup had. Those with the same name, in another schema, come first, then those of the same schema.
 */
export async function likelyTables(
  session: ServerTarget,
  { schema, name, columns }: NamedColumns,
  known: ReadonlyArray<{ readonly schema: string; readonly name: string }>,
): Promise<string[]> {
  const names = columns.map(quoteLiteral).join(', ');
  const { rows } = await session.execute(`
    SELECT n.nspname AS schema, c.relname AS name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND (SELECT pg_catalog.count(*) FILTER (WHERE a.attname IN (${names || "''"})) = ${columns.length} AND pg_catalog.count(*) = ${columns.length}
              FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
     ORDER BY c.relname = ${quoteLiteral(name)} DESC, n.nspname = ${quoteLiteral(schema)} DESC, c.oid`);
  return rows
    .filter((row) => !known.some((one) => one.schema === row.schema && one.name === row.name))
    .map((row) => `${row.schema}.${row.name}`)
    .slice(0, 3);
}
