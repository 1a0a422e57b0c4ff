import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { control, type RowKind } from './classify.ts';
import type { FoundConflict } from './conflicts.ts';
import { candidates, place, type RowsTable, rowText, sameKey, work } from './rows-table.ts';
import { chosen, settable } from './write-rows.ts';

/**
 * After the change: rows that are not as they were in the backup, and rows that were to go and are there. Nothing refused
 * them, but a trigger changed them on their way, or let nothing through. At most so many of each kind.
 */
export async function alteredRows(
  session: ServerTarget,
  table: RowsTable,
  kinds: readonly RowKind[],
  most: number,
): Promise<FoundConflict[]> {
  const { row } = control(table);
  const first = `t.${quoteIdentifier(table.key[0]?.name ?? '')}`;
  const differs = (column: string) => `${rowText([column], 't')} IS DISTINCT FROM ${rowText([column], 'c')}`;
  const names = table.columns.map(
    (column) => `CASE WHEN ${differs(column)} THEN ${quoteLiteral(column)} END`,
  );
  // concat_ws takes a hundred arguments at most.
  const columns = `(SELECT pg_catalog.string_agg(d.name, ', ') FROM (VALUES ${names.map((name) => `(${name})`).join(', ')}) d(name))`;
  const { rows: written } = await session.execute(
    `SELECT w.${row}::text AS row, CASE WHEN ${first} IS NULL THEN NULL ELSE ${columns} END AS columns
       FROM ${work(table)} w JOIN ${candidates(table)} c ON c.${row} = w.${row}
       LEFT JOIN ${place(table)} t ON ${sameKey(table, 't', 'c')}
      WHERE ${chosen(
        table,
        kinds.filter((kind) => kind !== 'added'),
      )} AND ${rowText(table.columns, 't')} IS DISTINCT FROM ${rowText(table.columns, 'c')} LIMIT ${most}`,
  );
  const fixed = new Set(table.columns.filter((column) => !settable(table).includes(column)));
  const found = written.map((one) => ({
    row: Number(one.row),
    reason: reasonFor(one.columns ?? null, fixed),
  }));
  if (!kinds.includes('added')) return found;
  const { rows: kept } = await session.execute(
    `SELECT w.${row}::text AS row FROM ${work(table)} w JOIN ${place(table)} t ON ${sameKey(table, 't', 'w')}
      WHERE ${chosen(table, ['added'])} LIMIT ${most}`,
  );
  const reason = 'a trigger keeps it from being deleted';
  return [...found, ...kept.map((one) => ({ row: Number(one.row), reason }))];
}

function reasonFor(columns: string | null, fixed: ReadonlySet<string>): string {
  if (columns === null) return 'a trigger keeps it out of the table';
  return fixed.has(columns)
    ? `${columns} is an identity column that is always generated, which no UPDATE may set`
    : `a trigger gives it other values than the backup has, in ${columns} (--allow-altered)`;
}
