import { quoteIdentifier } from '../ground/sql.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import type { OtherRow } from './bring-back-report.ts';
import { control } from './classify.ts';
import type { Cause } from './conflicts.ts';
import { isBound, refers } from './references.ts';
import { candidates, listOf, place, type RowsTable, relationOf, sameKey, work } from './rows-table.ts';
import type { ForeignKey, TellingIndex } from './target-table.ts';

/**
 * The rows that others conflict with: the one that has the same unique values, one of those that refer to a row, or
 * the one that is missed. Which row it is helps to decide; so if the server does not tell, it stays unknown.
 */
export async function otherRows(
  session: ServerTarget,
  table: RowsTable,
  cause: Cause,
  rows: readonly number[],
): Promise<Map<number, OtherRow>> {
  const question = questionOf(table, cause, rows);
  if (question === undefined) return new Map();
  const answer = await answerTo(session, question.sql);
  return new Map(
    answer.map((row) => [
      Number(row.row),
      {
        table: question.table,
        key: Object.fromEntries(question.key.map((name, at) => [name, row[`key_${at}`] ?? null])),
      },
    ]),
  );
}

interface Question {
  readonly table: string;
  readonly key: readonly string[];
  readonly sql: string;
}

function questionOf(table: RowsTable, cause: Cause, rows: readonly number[]): Question | undefined {
  if ('referring' in cause) return whoRefers(table, cause.referring, rows);
  if ('lost' in cause) return whatIsLost(table, cause.lost, rows);
  const index = table.target.telling.find(({ name }) => name === cause.constraint);
  return index && whoHasTheSame(table, index, rows);
}

/** Rows of the table that conflict with candidates by a unique or an exclusion constraint. */
export function joinedBy(
  table: RowsTable,
  { terms, condition }: TellingIndex,
  inTable: readonly string[],
  inCandidates: { readonly columns: readonly string[]; readonly condition?: string },
): string {
  const values = terms.map(({ expression }, at) => `${expression} AS lifeboat_term_${at}`);
  const where = (own: string | undefined) => {
    const all = [own, condition ?? undefined].filter((one) => one !== undefined);
    return all.length === 0 ? '' : ` WHERE ${all.map((one) => `(${one})`).join(' AND ')}`;
  };
  const pairs = terms.map(({ conflicts }, at) => `t.lifeboat_term_${at} ${conflicts} c.lifeboat_term_${at}`);
  return `(SELECT ${[...inTable, ...values].join(', ')} FROM ${place(table)}${where(undefined)}) t
     JOIN (SELECT ${[...inCandidates.columns, ...values].join(', ')} FROM ${candidates(table)}${where(inCandidates.condition)}) c
       ON ${pairs.join(' AND ')}`;
}

function whoHasTheSame(table: RowsTable, index: TellingIndex, rows: readonly number[]): Question {
  const { row } = control(table);
  const key = table.key.map(({ name }) => name);
  const keys = key.map(quoteIdentifier);
  const join = joinedBy(table, index, keys, {
    columns: [row, ...keys],
    condition: `${row} = ANY ('{${rows.join(',')}}'::bigint[])`,
  });
  return {
    table: table.name,
    key,
    sql: `SELECT DISTINCT ON (c.${row}) c.${row}::text AS row, ${textOf('t', key)} FROM ${join}
           WHERE NOT (${sameKey(table, 't', 'c')}) ORDER BY c.${row}, ${listOf(key, 't')}`,
  };
}

function whoRefers(table: RowsTable, foreign: ForeignKey, rows: readonly number[]): Question | undefined {
  const { child, childKey: key } = foreign;
  if (key.length === 0) return undefined;
  const { row } = control(table);
  return {
    table: `${child.schema}.${child.name}`,
    key,
    sql: `SELECT DISTINCT ON (w.${row}) w.${row}::text AS row, ${textOf('t', key)}
            FROM ${work(table)} w JOIN ${relationOf(child)} t ON ${refers(foreign, 'w', 't')}
           WHERE w.${row} = ANY ('{${rows.join(',')}}'::bigint[]) ORDER BY w.${row}, ${listOf(key, 't')}`,
  };
}

function whatIsLost(table: RowsTable, foreign: ForeignKey, rows: readonly number[]): Question | undefined {
  const { referenced, columns } = foreign;
  const { row } = control(table);
  if (!columns.every(({ child }) => table.columns.includes(child))) return undefined;
  const values = columns.map(({ child }, at) => `c.${quoteIdentifier(child)}::text AS key_${at}`);
  return {
    table: `${referenced.schema}.${referenced.name}`,
    key: columns.map((pair) => pair.referenced),
    sql: `SELECT c.${row}::text AS row, ${values.join(', ')} FROM ${candidates(table)} c
           WHERE c.${row} = ANY ('{${rows.join(',')}}'::bigint[]) AND ${isBound(foreign, 'c')}`,
  };
}

function textOf(alias: string, columns: readonly string[]): string {
  return columns.map((name, at) => `${alias}.${quoteIdentifier(name)}::text AS key_${at}`).join(', ');
}

async function answerTo(session: ServerTarget, sql: string) {
  await session.execute('SAVEPOINT lifeboat_other');
  try {
    const { rows } = await session.execute(sql);
    await session.execute('RELEASE SAVEPOINT lifeboat_other');
    return rows;
  } catch (error) {
    if (!(error instanceof TargetStatementError)) throw error;
    await session.execute('ROLLBACK TO SAVEPOINT lifeboat_other');
    return [];
  }
}
