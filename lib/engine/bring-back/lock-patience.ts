import { setTimeout as delay } from 'node:timers/promises';
import { SQLSTATE_DEADLOCK, SQLSTATE_LOCK_NOT_AVAILABLE } from '../connection/query-failure.ts';
import { LifeboatError } from '../ground/errors.ts';
import { beginningOf, READ_CHARACTERS } from '../restore/target/lock-holders.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { TargetStatementError } from '../target/target.ts';
import type { RowsTable } from './rows-table.ts';

/** How long a statement waits for another session's row. Everything that was locked by then is let go after it. */
export const LOCK_TIMEOUT_MS = 2000;
const TRIES = 5;
const FIRST_PAUSE_MS = 500;

const SQLSTATE_SERIALIZATION_FAILURE = '40001';
const PASSES = new Set([SQLSTATE_LOCK_NOT_AVAILABLE, SQLSTATE_DEADLOCK, SQLSTATE_SERIALIZATION_FAILURE]);

/**
 * Runs a transaction again if another session held one of its rows. Between the tries nothing is locked, so
 * that whoever waits for these rows goes on. Throws `restore-rows-locked`, which names who holds them.
 */
export async function patiently<T>(
  session: ServerTarget,
  tables: readonly RowsTable[],
  signal: AbortSignal,
  work: () => Promise<T>,
  onWait: (notice: string) => void,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TargetStatementError) || !PASSES.has(error.sqlState)) throw error;
      const holders = await holdersOf(session, tables);
      if (attempt === TRIES) throw locked(holders, error);
      const pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1);
      onWait(
        `Rows are locked by ${holders[0] ?? 'another session'}. Everything was let go; next try in ${pauseMs / 1000} s.`,
      );
      await delay(pauseMs, undefined, { signal });
    }
  }
}

/** Sessions with an open transaction that has written or locked rows in one of these tables, oldest first. */
async function holdersOf(session: ServerTarget, tables: readonly RowsTable[]): Promise<string[]> {
  const oids = tables.flatMap(({ target }) => target.tree);
  const { rows } = await session.execute(`
    SELECT DISTINCT ON (a.xact_start, a.pid) a.pid::pg_catalog.text AS pid, a.usename AS "user", a.application_name AS application,
           pg_catalog.round(EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - a.xact_start))::pg_catalog.text AS seconds,
           pg_catalog.left(a.query, ${READ_CHARACTERS}) AS query
      FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.granted AND l.mode <> 'AccessShareLock' AND l.pid <> pg_catalog.pg_backend_pid()
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
       AND l.relation = ANY ('{${oids.join(',')}}'::oid[])
     ORDER BY a.xact_start, a.pid LIMIT 3`);
  return rows.map(({ pid, user, application, seconds, query }) => {
    const who = application ? `${user}, ${application}` : user;
    // Its constants may be secrets, or somebody's data.
    return `pid ${pid} (${who}, in a transaction since ${seconds} s: ${query ? beginningOf(query) : 'query not visible'})`;
  });
}

function locked(holders: readonly string[], cause: unknown): LifeboatError {
  const pid = /^pid (\d+)/.exec(holders[0] ?? '')?.[1];
  return new LifeboatError({
    code: 'restore-rows-locked',
    kind: 'target',
    what: `Rows that would change stay locked${holders.length === 0 ? '' : ` by ${holders.join('; ')}`}.`,
    meaning: `Lifeboat tried ${TRIES} times, and waited at most ${LOCK_TIMEOUT_MS / 1000} s each time. Nothing was changed.`,
    remedy:
      pid === undefined
        ? 'Try again in a moment.'
        : `Let that transaction end, or end it with \`SELECT pg_terminate_backend(${pid});\`, and start again.`,
    cause,
  });
}
