import type { TableData } from '../archive/manifest.ts';
import { quoteLiteral } from '../ground/sql.ts';
import type { Target } from '../target/target.ts';

type Table = Pick<TableData, 'schema' | 'name' | 'generatedColumns'>;

/** The schema and name that a table of the backup has at the target. */
type PlaceOf = (table: Table) => { readonly schema: string; readonly name: string };

/**
 * Notes on generated columns, which no digest covers: one for each table that has them. A column whose
 * expression refused the rows is an ordinary column at the target. There is no note for a table that the
 * target lacks.
 */
export async function generatedColumnNotes(
  target: Pick<Target, 'execute'>,
  tables: readonly Table[],
  placeOf: PlaceOf = (table) => table,
): Promise<string[]> {
  const computed = tables.filter(({ generatedColumns }) => generatedColumns.length > 0);
  if (computed.length === 0) return [];
  const columns = new Map<string, { readonly isGenerated: boolean }>();
  const names = [...new Set(computed.flatMap(({ generatedColumns }) => generatedColumns))];
  for (const { schema, table, column, generated } of (await target.execute(columnsCalled(names))).rows) {
    columns.set(keyOf(schema, table, column), { isGenerated: generated === 't' });
  }
  const found = (isGenerated: boolean) =>
    computed.flatMap((table) => {
      const { schema, name } = placeOf(table);
      const names = table.generatedColumns.filter(
        (column) => columns.get(keyOf(schema, name, column))?.isGenerated === isGenerated,
      );
      return names.length === 0 ? [] : [{ table: `${table.schema}.${table.name}`, names }];
    });
  return [
    ...noteOn(found(true), 'were computed anew, not compared'),
    ...noteOn(found(false), 'are ordinary columns here, because the rows could not be loaded with them'),
  ];
}

/** At most this many tables are named; the others are counted. */
const NAMED = 5;

/** One note, however many tables there are. */
function noteOn(
  tables: ReadonlyArray<{ readonly table: string; readonly names: readonly string[] }>,
  said: string,
): string[] {
  const [first, ...others] = tables;
  if (!first) return [];
  if (others.length === 0)
    return [`${first.table}: the generated columns ${first.names.join(', ')} ${said}.`];
  const shown = tables.slice(0, NAMED).map(({ table, names }) => `${table} (${names.join(', ')})`);
  const more = tables.length > NAMED ? ` and of ${tables.length - NAMED} more tables` : '';
  return [`Generated columns of ${tables.length} tables ${said}: ${shown.join(', ')}${more}.`];
}

function columnsCalled(names: readonly string[]): string {
  return `
  SELECT n.nspname AS schema, c.relname AS table, a.attname AS column, a.attgenerated <> '' AS generated
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE a.attname IN (${names.map(quoteLiteral).join(', ')}) AND c.relkind IN ('r', 'p') AND a.attnum > 0
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
}

function keyOf(...names: ReadonlyArray<string | null | undefined>): string {
  return JSON.stringify(names);
}
