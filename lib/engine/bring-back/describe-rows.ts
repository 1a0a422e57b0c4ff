import { quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { alteredRows } from './altered-rows.ts';
import type { Key, TableRows } from './bring-back-report.ts';
import { control, ROW_KINDS, type RowKind } from './classify.ts';
import type { Conflicts } from './conflicts.ts';
import { type RowsTable, work } from './rows-table.ts';
import { chosen, type Range } from './write-rows.ts';

export interface DescribeOptions {
  /** The kinds that were written. */
  readonly kinds: readonly RowKind[];
  readonly knowsAdded: boolean;
  /** The most examples of each kind. */
  readonly examples: number;
  readonly conflicts: Conflicts;
  /** Whether rows may have come out otherwise. */
  readonly allowsAltered: boolean;
}

/** From which number to which the rows of a kind are; undefined if there are none that are to be written. */
export async function rangeOf(
  session: ServerTarget,
  table: RowsTable,
  kind: RowKind,
): Promise<Range | undefined> {
  const { row } = control(table);
  const { rows } = await session.execute(
    `SELECT pg_catalog.min(w.${row})::text AS least, pg_catalog.max(w.${row})::text AS most
       FROM ${work(table)} w WHERE ${chosen(table, [kind])}`,
  );
  const [range] = rows;
  if (range?.least == null || range.most == null) return undefined;
  return { from: Number(range.least), to: Number(range.most) };
}

export async function describeTable(
  session: ServerTarget,
  table: RowsTable,
  { kinds, knowsAdded, examples, conflicts, allowsAltered }: DescribeOptions,
): Promise<TableRows> {
  const { kind, skip } = control(table);
  const { rows } = await session.execute(
    `SELECT ${kind} AS kind, pg_catalog.count(*)::text AS rows,
            (pg_catalog.count(*) FILTER (WHERE NOT ${skip}))::text AS written
       FROM ${work(table)} GROUP BY ${kind}`,
  );
  const of = (wanted: RowKind) => rows.find((one) => one.kind === wanted);
  const unread = conflicts.unreadOf(table);
  const count = (wanted: RowKind) =>
    Number(of(wanted)?.rows ?? 0) + unread.filter((one) => one.kind === wanted).length;
  const written = (wanted: RowKind) => (kinds.includes(wanted) ? Number(of(wanted)?.written ?? 0) : 0);
  const shown = await Promise.all(ROW_KINDS.map((wanted) => firstKeys(session, table, wanted, examples)));
  const [missing = [], changed = [], added = []] = shown;
  return {
    name: table.name,
    chosen: table.chosen?.chosen ?? null,
    support: table.chosen?.support ?? null,
    missing: count('missing'),
    inserted: written('missing'),
    changed: count('changed'),
    overwritten: written('changed'),
    added: knowsAdded ? count('added') : null,
    deleted: written('added'),
    conflicts: conflicts.countIn(table),
    // Otherwise each of them is a conflict.
    altered:
      !allowsAltered || kinds.length === 0
        ? 0
        : (await alteredRows(session, table, kinds, Number.MAX_SAFE_INTEGER)).length,
    examples: { missing, changed, added },
    notes: table.notes,
  };
}

async function firstKeys(
  session: ServerTarget,
  table: RowsTable,
  kind: RowKind,
  limit: number,
): Promise<Key[]> {
  const names = control(table);
  const { rows } = await session.execute(
    `SELECT ${keyColumns(table)} FROM ${work(table)} w WHERE w.${names.kind} = '${kind}'
      ORDER BY ${table.key.map(({ name }) => `w.${quoteIdentifier(name)}`).join(', ')} LIMIT ${limit}`,
  );
  return rows.map((row) => keyFrom(table, row));
}

/** The keys and kinds of rows of a work table, by their numbers. */
export async function keysOfRows(
  session: ServerTarget,
  table: RowsTable,
  numbers: readonly number[],
): Promise<Map<number, { key: Key; kind: RowKind }>> {
  if (numbers.length === 0) return new Map();
  const names = control(table);
  const { rows } = await session.execute(
    `SELECT w.${names.row}::text AS row, w.${names.kind} AS kind, ${keyColumns(table)} FROM ${work(table)} w
      WHERE w.${names.row} = ANY ('{${numbers.join(',')}}'::bigint[])`,
  );
  return new Map(
    rows.map((row) => [Number(row.row), { key: keyFrom(table, row), kind: row.kind as RowKind }]),
  );
}

/** As text, under names that no column of the answer shares. */
function keyColumns({ key }: RowsTable): string {
  return key.map(({ name }, at) => `w.${quoteIdentifier(name)}::text AS key_${at}`).join(', ');
}

function keyFrom({ key }: RowsTable, row: Readonly<Record<string, string | null>>): Key {
  return Object.fromEntries(key.map(({ name }, at) => [name, row[`key_${at}`] ?? null]));
}
