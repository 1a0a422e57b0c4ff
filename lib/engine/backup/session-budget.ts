import type { QueryRows } from '../connection/query-rows.ts';
import { FREE_CONNECTIONS } from '../health/measures/connections.ts';

export const DEFAULT_JOBS = 4;

/**
 * What a session copies in the time that opening one takes: connecting, hashing a password 4,096 times, the
 * settings, and a catalog that the server does not have in memory yet (measured: 25 to 40 ms of processor
 * time on each side).
 */
const WORTH_BYTES = 16 * 1024 * 1024;
const WORTH_STATEMENTS = 16;
/** Of tables that are read many with one message. */
const WORTH_SMALL_TABLES = 256;

/** How many sessions are worth opening, unless the user says: one session copies a small database faster. */
export function jobsFor({
  expectedBytes,
  tasks,
}: {
  readonly expectedBytes: number;
  readonly tasks: ReadonlyArray<{ readonly mayShare?: boolean }>;
}): number {
  const small = tasks.filter(({ mayShare }) => mayShare).length;
  const statements = (tasks.length - small) / WORTH_STATEMENTS + small / WORTH_SMALL_TABLES;
  const worth = Math.max(expectedBytes / WORTH_BYTES, statements);
  return Math.max(1, Math.min(DEFAULT_JOBS, Math.ceil(worth)));
}

/**
 * How many sessions may copy at the same time: at most `asked`, at most a quarter of the server's free
 * connections, because the application needs them, and at least one.
 */
export async function copySessions(query: QueryRows, asked: number = DEFAULT_JOBS): Promise<number> {
  if (asked === 1) return 1;
  const [row] = await query(`SELECT ${FREE_CONNECTIONS} AS free`);
  return Math.max(1, Math.min(asked, Math.floor(Number(row?.free) / 4)));
}
