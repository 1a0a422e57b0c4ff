import { quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { control, type RowKind } from './classify.ts';
import { candidates, listOf, place, type RowsTable, rowText, sameKey, work } from './rows-table.ts';

/** Which rows of a kind to write, by their numbers: both ends are included. Not every number has a row. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The statement that writes the rows of one kind, or a part of them. */
export function writeRows(table: RowsTable, kind: RowKind, range: Range): string {
  switch (kind) {
    case 'missing':
      return insertRows(table, range);
    case 'changed':
      return updateRows(table, range);
    case 'added':
      return deleteRows(table, 'added', range);
  }
}

/** Which rows of the work table `w` are meant. */
export function chosen(table: RowsTable, kinds: readonly RowKind[], range?: Range): string {
  if (kinds.length === 0) return 'false';
  const { row, kind, skip } = control(table);
  const list = kinds.map((one) => `'${one}'`).join(', ');
  const part = range ? ` AND w.${row} BETWEEN ${range.from} AND ${range.to}` : '';
  return `w.${kind} IN (${list}) AND NOT w.${skip}${part}`;
}

function insertRows(table: RowsTable, range: Range): string {
  const { row } = control(table);
  return `
    INSERT INTO ${place(table).replace(/^ONLY /, '')} (${listOf(table.columns)}) OVERRIDING SYSTEM VALUE
    SELECT ${listOf(table.columns, 'c')} FROM ${candidates(table)} c JOIN ${work(table)} w ON w.${row} = c.${row}
     WHERE ${chosen(table, ['missing'], range)} ORDER BY c.${row}`;
}

/** Columns that an UPDATE may set: PostgreSQL refuses to set an identity column that is always generated. */
export function settable({ columns, key, target }: RowsTable): string[] {
  const fixed = new Set([
    ...key.map(({ name }) => name),
    ...target.columns.filter(({ alwaysIdentity }) => alwaysIdentity).map(({ name }) => name),
  ]);
  return columns.filter((column) => !fixed.has(column));
}

/** Whether rows to be overwritten differ in a column that an UPDATE may not set. */
export async function hasFixedDifferences(session: ServerTarget, table: RowsTable): Promise<boolean> {
  const { row } = control(table);
  const fixed = table.columns.filter((name) =>
    table.target.columns.some((column) => column.name === name && column.alwaysIdentity),
  );
  const differing = fixed.filter((name) => !table.key.some((column) => column.name === name));
  if (differing.length === 0) return false;
  const { rows } = await session.execute(
    `SELECT EXISTS (SELECT FROM ${work(table)} w JOIN ${candidates(table)} c ON c.${row} = w.${row}
      WHERE ${chosen(table, ['changed'])} AND ${rowText(differing, 'w')} IS DISTINCT FROM ${rowText(differing, 'c')}) AS differ`,
  );
  return rows[0]?.differ === 't';
}

function updateRows(table: RowsTable, range: Range): string {
  const { row } = control(table);
  const set = settable(table).map((column) => `${quoteIdentifier(column)} = c.${quoteIdentifier(column)}`);
  return `
    UPDATE ${place(table)} t SET ${set.join(', ')}
      FROM ${candidates(table)} c JOIN ${work(table)} w ON w.${row} = c.${row}
     WHERE ${sameKey(table, 't', 'c')} AND ${chosen(table, ['changed'], range)}`;
}

export function deleteRows(table: RowsTable, kind: 'added' | 'changed', range?: Range): string {
  return `DELETE FROM ${place(table)} t USING ${work(table)} w
           WHERE ${sameKey(table, 't', 'w')} AND ${chosen(table, [kind], range)}`;
}

/** Inserts deleted rows with their values in the backup; columns that the backup lacks keep theirs. */
export function insertChanged(table: RowsTable): string {
  const { row } = control(table);
  const values = table.own.map(
    (name) => `${table.columns.includes(name) ? 'c' : 'w'}.${quoteIdentifier(name)}`,
  );
  return `
    INSERT INTO ${place(table).replace(/^ONLY /, '')} (${listOf(table.own)}) OVERRIDING SYSTEM VALUE
    SELECT ${values.join(', ')} FROM ${candidates(table)} c JOIN ${work(table)} w ON w.${row} = c.${row}
     WHERE ${chosen(table, ['changed'])} ORDER BY c.${row}`;
}
