import { quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import {
  candidates,
  inSlice,
  listOf,
  newer,
  place,
  type RowsTable,
  rowText,
  sameKey,
  work,
} from './rows-table.ts';

/** `missing`: only the backup has the row. `changed`: both, with other values. `added`: only the target. */
export type RowKind = 'missing' | 'changed' | 'added';
export const ROW_KINDS: readonly RowKind[] = ['missing', 'changed', 'added'];

/**
 * Locks the rows of the target that may change, in the order of their keys, and notes in the work table how
 * each differs now. It is asked again here, because clients may have written since the rows were compared.
 */
export async function classify(
  session: ServerTarget,
  table: RowsTable,
  locks: readonly RowKind[],
): Promise<void> {
  const order = table.key.map(({ name }) => `t.${quoteIdentifier(name)}`).join(', ');
  for (const [kind, temporary, part] of [
    ['changed', candidates(table), 'candidates'],
    ['added', newer(table), 'newer'],
  ] as const) {
    if (!locks.includes(kind)) continue;
    await session.execute(
      `SELECT pg_catalog.count(*) FROM (SELECT FROM ${place(table)} t JOIN ${temporary} c ON ${sameKey(table, 't', 'c')} WHERE ${inSlice(table, part, 'c')}
        ORDER BY ${order} FOR UPDATE OF t) locked`,
    );
  }
  await session.execute(workTable(table));
  await session.execute(addedRows(table));
  await finishWork(session, table);
}

/** Tells the planner how many rows there are. */
export async function finishWork(session: ServerTarget, table: RowsTable): Promise<void> {
  await session.execute(`ANALYZE ${work(table)}`);
}

/** Its columns are those of the target, as they are before the change. Of a missing row only the key is there. */
function workTable(table: RowsTable): string {
  const { row, kind, skip, support } = control(table);
  const first = quoteIdentifier(table.key[0]?.name ?? '');
  const isKey = (name: string) => table.key.some((column) => column.name === name);
  const own = table.own.map((name) => {
    const column = quoteIdentifier(name);
    return isKey(name) ? `c.${column} AS ${column}` : `t.${column} AS ${column}`;
  });
  return `
    CREATE TEMPORARY TABLE ${bare(table)} ON COMMIT DROP AS
    SELECT c.${row}, CASE WHEN t.${first} IS NULL THEN 'missing' ELSE 'changed' END::text AS ${kind},
           false AS ${skip}, c.${support} AS ${support}, ${own.join(', ')}
      FROM ${candidates(table)} c LEFT JOIN ${place(table)} t ON ${sameKey(table, 't', 'c')}
     WHERE ${inSlice(table, 'candidates', 'c')}
       AND (t.${first} IS NULL OR ${rowText(table.columns, 't')} IS DISTINCT FROM ${rowText(table.columns, 'c')})`;
}

function addedRows(table: RowsTable): string {
  const { row, kind, skip, support } = control(table);
  return `
    INSERT INTO ${work(table)} (${row}, ${kind}, ${skip}, ${support}, ${listOf(table.own)})
    SELECT -n.${row}, 'added', false, false, ${listOf(table.own, 't')}
      FROM ${newer(table)} n JOIN ${place(table)} t ON ${sameKey(table, 't', 'n')}
     WHERE ${inSlice(table, 'newer', 'n')} AND NOT EXISTS (SELECT FROM ${candidates(table)} c WHERE ${sameKey(table, 'c', 'n')})`;
}

export function control({ control: names }: Pick<RowsTable, 'control'>) {
  return {
    row: quoteIdentifier(names.row),
    kind: quoteIdentifier(names.kind),
    skip: quoteIdentifier(names.skip),
    support: quoteIdentifier(names.support),
    after: quoteIdentifier(names.after),
  };
}

export function bare(table: RowsTable): string {
  return work(table).slice('pg_temp.'.length);
}
