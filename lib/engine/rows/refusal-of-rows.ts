import { quoteIdentifier } from '../ground/sql.ts';
import { TargetStatementError } from '../target/target.ts';

/** Connections, resources, operators, the system, internal errors: no constraint's doing (PostgreSQL manual, appendix A). */
const NOT_OF_A_CONSTRAINT = /^(08|53|57|58|XX)/;
/** Bytes that are no text, text that the target's encoding lacks, a COPY that is cut or badly written. */
const NOT_COPY_TEXT: ReadonlySet<string> = new Set(['', '22021', '22P05', '22P04']);
/** A table, function, operator, type or schema that is not found. */
const NOT_FOUND: ReadonlySet<string> = new Set(['42P01', '42883', '42704', '3F000', '42P02']);

const CHECK_VIOLATION = '23514';

/**
 * Whether a partition refused rows that another one of its tree may take, so that they are to go in through the root: a hash of
 * an enum depends on its OID, a range of text on the collation.
 */
export function mayTakeAnotherPartition({ sqlState }: Pick<TargetStatementError, 'sqlState'>): boolean {
  return sqlState === CHECK_VIOLATION;
}

/** Whether a table's rows may go in later, or without its constraints, though it refused them now. */
export function mayLoadLater({ sqlState }: Pick<TargetStatementError, 'sqlState'>): boolean {
  return !NOT_OF_A_CONSTRAINT.test(sqlState) && !NOT_COPY_TEXT.has(sqlState);
}

/** Whether a function that a constraint calls found something under the application's search path, and does not under ours. */
export function wantsSearchPath({ sqlState }: Pick<TargetStatementError, 'sqlState'>): boolean {
  return NOT_FOUND.has(sqlState);
}

/**
 * A search path under which functions find what they name without its schema: the database's own, else `public`, and the schema
 * of the table that calls them. Rows are read alike under it: the source wrote every name in them with its schema.
 */
export function searchPathFor(schema: string, databaseSql: string): string {
  const own = [...databaseSql.matchAll(DATABASE_SEARCH_PATH)].at(-1)?.[1]?.replaceAll("''", "'");
  return `${own ?? 'public'}, ${quoteIdentifier(schema)}`;
}

/** As database.sql sets it, inside the literal of an EXECUTE. */
const DATABASE_SEARCH_PATH = /'ALTER DATABASE '.* SET "search_path" TO (''.*'')'\s*;?\s*$/gm;

/** The server's refusal of this work; undefined if it took it. Throws everything else. */
export async function refusalOf(work: () => Promise<unknown>): Promise<TargetStatementError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof TargetStatementError) return error;
    throw error;
  }
}
