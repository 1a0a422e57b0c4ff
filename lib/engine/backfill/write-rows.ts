import { withSqlState } from '../connection/server-words.ts';
import { quoteIdentifier } from '../ground/sql.ts';
import { TargetStatementError } from '../target/target.ts';
import type { BackfillRequest } from './backfill-request.ts';
import type { Ask } from './fill-session.ts';
import { type Key, keySql, keyTextSql } from './keys.ts';
import type { FailedRow } from './ledger.ts';
import type { TableToFill } from './table-to-fill.ts';

/** A row with its new value, and a hash of the inputs from which that was computed. */
export interface ComputedRow {
  readonly key: Key;
  readonly value: string | null;
  readonly inputsHash: string;
}

export interface Written {
  readonly written: readonly Key[];
  readonly failed: readonly FailedRow[];
}

/** A row can be the reason: data exceptions, constraints, what a trigger or a function raises, a value that is too long. */
const OF_A_ROW = /^(?:22|23|P0|38|44|54)/;

/** The inputs of a row, hashed by the server. Any change of theirs gives another hash, whatever their types are. */
export function inputsHashSql(table: TableToFill, inputs: readonly string[]): string {
  const values = inputs.map((one) => `${quoteIdentifier(table.name)}.${quoteIdentifier(one)}`).join(', ');
  return `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(ROW(${values})::pg_catalog.text, 'UTF8')), 'hex')`;
}

/**
 * Writes values into the rows that are still as they were when their inputs were read, and that still fulfil the condition.
 * If the server refuses all at once, it gets them one by one, and the ones that it refuses are told.
 */
export async function writeComputed(
  ask: Ask,
  table: TableToFill,
  { inputs, where = 'true' }: Pick<BackfillRequest, 'inputs' | 'where'>,
  rows: readonly ComputedRow[],
): Promise<Written> {
  const column = quoteIdentifier(table.column.name);
  const parts = table.key.map((_, at) => unnested(at + 1));
  const [values, hashes] = [table.key.length + 1, table.key.length + 2];
  const given = [...table.key.map((_, at) => `"lifeboat key ${at}"`), '"lifeboat value"', '"lifeboat hash"'];
  const same = table.key.map(
    ({ name, type, collate }, at) =>
      `${quoteIdentifier(table.name)}.${quoteIdentifier(name)} = "lifeboat key ${at}"::${type}${collate}`,
  );
  const sql = `UPDATE ${table.sql} SET ${column} = "lifeboat value"::${table.column.type}
    FROM ROWS FROM (${[...parts, unnested(values), unnested(hashes)].join(', ')}) AS "lifeboat given"(${given.join(', ')})
   WHERE ${same.join(' AND ')} AND ${inputsHashSql(table, inputs)} = "lifeboat hash" AND (${where})
   RETURNING ${keyTextSql(table)} AS key`;
  const write = async (some: readonly ComputedRow[]) => {
    const keys = table.key.map((_, at) => some.map(({ key }) => key[at]));
    const answer = await ask<{ key: string[] }>(sql, [
      ...keys,
      some.map(({ value }) => value),
      some.map(({ inputsHash }) => inputsHash),
    ]);
    return answer.rows.map(({ key }) => key);
  };
  return await allOrEach(ask, rows, write);
}

/** Lets the server compute the values of some rows by an expression. A key that is not there any more is left out. */
export async function writeExpression(
  ask: Ask,
  table: TableToFill,
  expression: string,
  { where = 'true', nulls }: Pick<BackfillRequest, 'where' | 'nulls'>,
  keys: readonly Key[],
): Promise<Written> {
  const column = quoteIdentifier(table.column.name);
  const notNull = nulls === 'keep' ? ` AND (${expression}) IS NOT NULL` : '';
  const write = async (some: ReadonlyArray<{ readonly key: Key }>) => {
    const parts = table.key.map((_, at) => unnested(at + 1)).join(', ');
    const names = table.key.map((_, at) => `"lifeboat key ${at}"`);
    const typed = table.key.map(({ type, collate }, at) => `${names[at]}::${type}${collate}`).join(', ');
    const sql = `UPDATE ${table.sql} SET ${column} = (${expression})
      FROM ROWS FROM (${parts}) AS "lifeboat given"(${names.join(', ')})
     WHERE (${keySql(table)}) = (${typed}) AND (${where})${notNull}
     RETURNING ${keyTextSql(table)} AS key`;
    const answer = await ask<{ key: string[] }>(
      sql,
      table.key.map((_, at) => some.map(({ key }) => key[at])),
    );
    return answer.rows.map(({ key }) => key);
  };
  return await allOrEach(
    ask,
    keys.map((key) => ({ key })),
    write,
  );
}

/** unnest of several arrays would have to be written without its schema. */
function unnested(parameter: number): string {
  return `pg_catalog.unnest($${parameter}::pg_catalog.text[])`;
}

async function allOrEach<Row extends { readonly key: Key }>(
  ask: Ask,
  rows: readonly Row[],
  write: (some: readonly Row[]) => Promise<readonly Key[]>,
): Promise<Written> {
  if (rows.length === 0) return { written: [], failed: [] };
  const all = await behindSavepoint(ask, () => write(rows));
  if (!('reason' in all)) return { written: all.result, failed: [] };
  const written: Key[] = [];
  const failed: FailedRow[] = [];
  for (const row of rows) {
    const one = await behindSavepoint(ask, () => write([row]));
    if ('reason' in one) failed.push({ key: row.key, reason: one.reason });
    else written.push(...one.result);
  }
  return { written, failed };
}

async function behindSavepoint<Result>(
  ask: Ask,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result } | { readonly reason: string }> {
  await ask('SAVEPOINT lifeboat');
  try {
    const result = await work();
    await ask('RELEASE SAVEPOINT lifeboat');
    return { result };
  } catch (error) {
    if (!(error instanceof TargetStatementError) || !OF_A_ROW.test(error.sqlState)) throw error;
    await ask('ROLLBACK TO SAVEPOINT lifeboat');
    return { reason: reasonOf(error) };
  }
}

/** Names the constraint, and no value. */
function reasonOf({ message, sqlState, refused }: TargetStatementError): string {
  const words = withSqlState(message, sqlState);
  return refused.constraint && !words.includes(refused.constraint)
    ? `${words}, by ${refused.constraint}`
    : words;
}

/** Reads the next rows of a range: their keys and inputs. */
export async function readRows(
  ask: Ask,
  table: TableToFill,
  { inputs, where = 'true' }: Pick<BackfillRequest, 'inputs' | 'where'>,
  range: { readonly condition: string; readonly parameters: readonly unknown[]; readonly limit: number },
): Promise<Array<{ key: Key; json: string; hash: string }>> {
  const json = inputs
    .map((one) => `'${one.replaceAll("'", "''")}', ${quoteIdentifier(table.name)}.${quoteIdentifier(one)}`)
    .join(', ');
  const { rows } = await ask<{ key: string[]; json: string; hash: string }>(
    `SELECT ${keyTextSql(table)} AS key, pg_catalog.json_build_object(${json})::pg_catalog.text AS json, ${inputs.length === 0 ? "''" : inputsHashSql(table, inputs)} AS hash
       FROM ${table.sql} WHERE (${range.condition}) AND (${where}) ORDER BY ${keySql(table)} LIMIT ${range.limit}`,
    range.parameters,
  );
  return rows;
}

/** A condition for rows with these keys. */
export function amongSql(table: TableToFill, keys: readonly Key[], parameters: unknown[]): string {
  const first = parameters.length;
  for (const at of table.key.keys()) parameters.push(keys.map((key) => key[at]));
  const parts = table.key.map((_, at) => unnested(first + at + 1)).join(', ');
  const names = table.key.map((_, at) => `k${at}`);
  const typed = table.key.map(({ type, collate }, at) => `k${at}::${type}${collate}`).join(', ');
  return `(${keySql(table)}) IN (SELECT ${typed} FROM ROWS FROM (${parts}) AS given(${names.join(', ')}))`;
}
