import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import type { Range } from './write-rows.ts';

/** A row that the server refused. */
export interface RefusedRow {
  /** Its number. */
  readonly at: number;
  readonly error: TargetStatementError;
}

/** Each refused row costs some savepoints, and thousands of them would slow the whole server down. */
export const MOST_REFUSED = 1000;

/**
 * Refusals of a row: data exceptions, violated constraints, WITH CHECK OPTION, what a trigger raises. Other
 * errors concern the statement as a whole.
 */
const OF_A_ROW = /^(22|23|44|P0|09|27)/;

export function isOfARow(sqlState: string): boolean {
  return OF_A_ROW.test(sqlState);
}

/**
 * Writes rows by one statement; if the server refuses it, by two with half of the rows each, down to the rows
 * that are refused. So they are found without a statement for each row that is not.
 */
export async function writeInHalves(
  session: ServerTarget,
  all: Range,
  statement: (range: Range) => string,
): Promise<{ readonly refused: readonly RefusedRow[]; readonly more: boolean }> {
  const refused: RefusedRow[] = [];
  const open: Range[] = [all];
  while (refused.length < MOST_REFUSED) {
    const range = open.pop();
    if (!range) break;
    const error = await tryTo(session, statement(range));
    if (error === undefined) continue;
    if (range.from === range.to) {
      refused.push({ at: range.from, error });
      continue;
    }
    const middle = Math.floor((range.from + range.to) / 2);
    open.push({ from: middle + 1, to: range.to }, { from: range.from, to: middle });
  }
  return { refused, more: open.length > 0 };
}

/** Runs statements; undoes them and returns the error if the server refuses a row. */
export async function tryTo(
  session: ServerTarget,
  ...statements: readonly string[]
): Promise<TargetStatementError | undefined> {
  await session.execute('SAVEPOINT lifeboat_part');
  try {
    for (const statement of statements) await session.execute(statement);
    await session.execute('RELEASE SAVEPOINT lifeboat_part');
    return undefined;
  } catch (error) {
    if (!(error instanceof TargetStatementError) || !isOfARow(error.sqlState)) throw error;
    await session.execute('ROLLBACK TO SAVEPOINT lifeboat_part');
    await session.execute('RELEASE SAVEPOINT lifeboat_part');
    return error;
  }
}

/** What the commonest data exceptions mean (PostgreSQL manual, appendix A): the server's own messages quote the value. */
const DATA_EXCEPTIONS: Readonly<Record<string, string>> = {
  '22001': 'it is too long',
  '22003': 'it is out of range',
  '22007': 'it is no valid date or time',
  '22008': 'it is no possible date or time',
  '22P02': 'it is no valid text for this type',
};

/** Why the server refused a row: a clause. Never a value of the row. */
export function reasonOf({ sqlState, refused, message }: TargetStatementError): string {
  const { constraint, column, table } = refused;
  const named = constraint === undefined ? 'a constraint' : constraint;
  switch (sqlState) {
    case '23505':
      return `another row has the same values in the unique key ${named}`;
    case '23P01':
      return `another row excludes it (${named})`;
    case '23503':
      return `the foreign key ${named} refuses it${table === undefined ? '' : ` (on ${table})`}`;
    case '23514':
      return `the check ${named} refuses its values`;
    case '23502':
      return `${column ?? 'a column'} may not be null now`;
    default:
      return DATA_EXCEPTIONS[sqlState] === undefined
        ? `the database refuses it: ${message}`
        : `${DATA_EXCEPTIONS[sqlState]} (SQLSTATE ${sqlState})`;
  }
}
