import { quoteIdentifier, quoteLiteral } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import type { Key } from './bring-back-report.ts';
import type { RowKind } from './classify.ts';
import { candidates, place, type RowsTable } from './rows-table.ts';
import { isOfARow, reasonOf, tryTo, writeInHalves } from './write-in-halves.ts';

/** A row of the backup with a value that the database's type of a column does not take. */
export interface UnreadRow {
  readonly key: Key;
  readonly kind: RowKind;
  /** A clause. It names the column and the server's words, and never the value. */
  readonly reason: string;
}

export interface Unread {
  readonly rows: readonly UnreadRow[];
  /** Whether there are more than these. */
  readonly more: boolean;
}

export const NOTHING_UNREAD: Unread = { rows: [], more: false };
/** The number of a row among those that were sent as text. */
const LINE = 'lifeboat_line';

/**
 * Sends COPY text to the table of candidates. If the server refuses it, because the type of a column has changed
 * since, it is sent again as mere text and converted there, so that the rows which cannot be read are known; the
 * others are candidates all the same. `lines` is called once for each time.
 */
export async function sendTyped(
  session: ServerTarget,
  table: RowsTable,
  columns: readonly string[],
  lines: () => AsyncIterable<Uint8Array>,
): Promise<Unread> {
  const typed = candidates(table);
  try {
    await session.copyIn(destinationOf(typed, columns), lines());
    return NOTHING_UNREAD;
  } catch (error) {
    if (!(error instanceof TargetStatementError) || !isOfARow(error.sqlState)) throw error;
  }
  const raw = `pg_temp.${quoteIdentifier(`lifeboat_raw_${table.number}`)}`;
  const fields = columns.map((_, at) => `f${at}`);
  await session.execute(`DROP TABLE IF EXISTS ${raw}`);
  await session.execute(
    `CREATE TEMPORARY TABLE ${raw.slice('pg_temp.'.length)} (${fields.map((field) => `${field} text, `).join('')}${LINE} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)`,
  );
  await session.copyIn(destinationOf(raw, fields), lines());
  await session.execute(`ANALYZE ${raw}`);
  return await session.transaction(async () => {
    const types = await typesOf(session, typed);
    const read = (column: string, at: number) => `r.f${at}::${types.get(column)?.read ?? 'text'}`;
    const list = columns.map((column) => quoteIdentifier(column)).join(', ');
    const { rows: counted } = await session.execute(`SELECT pg_catalog.count(*)::text AS rows FROM ${raw}`);
    const { refused, more } = await writeInHalves(
      session,
      { from: 1, to: Number(counted[0]?.rows) },
      ({ from, to }) =>
        `INSERT INTO ${typed} (${list}) SELECT ${columns.map(read).join(', ')} FROM ${raw} r WHERE r.${LINE} BETWEEN ${from} AND ${to} ORDER BY r.${LINE}`,
    );
    const found = await whichRows(
      session,
      table,
      raw,
      columns,
      refused.map(({ at }) => at),
    );
    if (refused.length > 0) await makeProbes(session, typed, columns);
    const rows: UnreadRow[] = [];
    for (const { at, error } of refused) {
      const [column, why] = await firstRefused(
        session,
        columns,
        error,
        (name, position) =>
          `INSERT INTO ${probe(position)} SELECT ${read(name, position)} FROM ${raw} r WHERE r.${LINE} = ${at}`,
      );
      const row = found.get(at);
      if (!row) continue;
      const reason =
        column === undefined
          ? reasonOf(why)
          : `${column} is of type ${types.get(column)?.name} now, and does not take the value: ${reasonOf(why)}`;
      rows.push({ ...row, reason });
    }
    const probes = refused.length > 0 ? columns.map((_, at) => probe(at)) : [];
    await session.execute(`DROP TABLE ${[raw, ...probes].join(', ')}`);
    return { rows, more };
  });
}

export function destinationOf(temporary: string, columns: readonly string[]) {
  return { schema: 'pg_temp', table: temporary.slice('pg_temp."'.length, -1), columns };
}

interface ColumnType {
  readonly name: string;
  /**
   * What its text is cast to: the type without a length, of a domain the one below it. An explicit cast to varchar(3)
   * would cut a longer text; storing it in the column refuses it, as COPY does.
   */
  readonly read: string;
}

async function typesOf(session: ServerTarget, temporary: string): Promise<Map<string, ColumnType>> {
  const { rows } = await session.execute(
    `SELECT a.attname AS column, pg_catalog.format_type(a.atttypid, a.atttypmod) AS name,
            (WITH RECURSIVE below AS (
               SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
               UNION ALL SELECT t.oid, t.typbasetype FROM below JOIN pg_catalog.pg_type t ON t.oid = below.typbasetype)
             SELECT pg_catalog.format_type(below.oid, -1) FROM below WHERE below.typbasetype = 0) AS read
       FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = ${quoteLiteral(temporary)}::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped`,
  );
  return new Map(
    rows.map(({ column, name, read }) => [String(column), { name: String(name), read: String(read) }]),
  );
}

/** A table with one column, which tells whether that column takes a value. */
function probe(at: number): string {
  return `pg_temp.lifeboat_probe_${at}`;
}

async function makeProbes(session: ServerTarget, typed: string, columns: readonly string[]): Promise<void> {
  for (const [at, column] of columns.entries()) {
    await session.execute(
      `CREATE TEMPORARY TABLE ${probe(at).slice('pg_temp.'.length)} AS SELECT ${quoteIdentifier(column)} FROM ${typed} WITH NO DATA`,
    );
  }
}

/** The first column whose value the server refuses alone. */
async function firstRefused(
  session: ServerTarget,
  columns: readonly string[],
  whole: TargetStatementError,
  question: (column: string, at: number) => string,
): Promise<[string | undefined, TargetStatementError]> {
  for (const [at, column] of columns.entries()) {
    const error = await tryTo(session, question(column, at));
    if (error) return [column, error];
  }
  return [undefined, whole];
}

/** The keys of rows as the backup has them, and whether the database has rows with these keys. */
async function whichRows(
  session: ServerTarget,
  table: RowsTable,
  raw: string,
  columns: readonly string[],
  lines: readonly number[],
): Promise<Map<number, { key: Key; kind: RowKind }>> {
  if (lines.length === 0) return new Map();
  const fields = table.key.map(({ name }) => `r.f${columns.indexOf(name)}`);
  const matches = table.key.map(({ name }, at) => `t.${quoteIdentifier(name)}::text = ${fields[at]}`);
  const { rows } = await session.execute(
    `SELECT r.${LINE}::text AS line, ${fields.map((field, at) => `${field} AS key_${at}`).join(', ')},
            EXISTS (SELECT FROM ${place(table)} t WHERE ${matches.join(' AND ')}) AS is_there
       FROM ${raw} r WHERE r.${LINE} = ANY ('{${lines.join(',')}}'::bigint[])`,
  );
  return new Map(
    rows.map((row) => [
      Number(row.line),
      {
        key: Object.fromEntries(table.key.map(({ name }, at) => [name, row[`key_${at}`] ?? null])),
        kind: row.is_there === 't' ? 'changed' : 'missing',
      },
    ]),
  );
}
