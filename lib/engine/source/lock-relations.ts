import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { LifeboatError, messageOf } from '../errors.ts';
import { qualifiedName } from '../sql.ts';
import type { LockedRelation } from './catalog/tables.ts';

/**
 * Half of deadlock_timeout's default of one second: where our locks and a migration's cross, ours give way before the
 * server looks for somebody to cancel.
 */
export const LOCK_TIMEOUT_MS = 500;
const RELATIONS_PER_STATEMENT = 500;

export const SQLSTATE_LOCK_NOT_AVAILABLE = '55P03';
const SQLSTATE_DEADLOCK = '40P01';
const SQLSTATE_UNDEFINED_TABLE = '42P01';
const SQLSTATE_UNDEFINED_SCHEMA = '3F000';

export type LockOutcome = 'locked' | 'refused' | 'changed';

/**
 * Takes ACCESS SHARE on every relation, inside a transaction that has run no query yet: LOCK TABLE takes no snapshot, so
 * the snapshot that the next query takes is younger than every lock. `refused`: somebody holds or awaits a stronger lock;
 * `changed`: a relation was dropped or renamed since it was listed. Either way the transaction is to be rolled back.
 */
export async function lockRelations(
  client: pg.Client,
  relations: readonly LockedRelation[],
): Promise<LockOutcome> {
  await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
  for (let first = 0; first < relations.length; first += RELATIONS_PER_STATEMENT) {
    const batch = relations.slice(first, first + RELATIONS_PER_STATEMENT);
    const names = batch.map(({ schema, name }) => `ONLY ${qualifiedName(schema, name)}`);
    try {
      await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
    } catch (error) {
      const state = sqlState(error);
      if (state === SQLSTATE_LOCK_NOT_AVAILABLE || state === SQLSTATE_DEADLOCK) return 'refused';
      if (state === SQLSTATE_UNDEFINED_TABLE || state === SQLSTATE_UNDEFINED_SCHEMA) return 'changed';
      throw lockFailure(error, relations.length);
    }
  }
  return 'locked';
}

/** Who holds, or waits for, a lock that keeps ours out: asked outside of any transaction, after ours gave way. */
export async function blockersOf(client: pg.Client, relations: readonly LockedRelation[]): Promise<string[]> {
  const { rows } = await client.query<{ pid: string; table: string; state: string; query: string }>(`
    SELECT l.pid::text AS pid, l.relation::regclass::text AS "table", l.granted::text AS state,
           pg_catalog.left(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), 100) AS query
      FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
       AND l.relation = ANY ('{${relations.map(({ oid }) => oid).join(',')}}'::oid[])
     ORDER BY l.granted DESC, l.pid LIMIT 5`);
  return rows.map(({ pid, table, query }) => `pid ${pid} on ${table} (${query || 'query not visible'})`);
}

/** Waits between two tries to lock: longer each time, up to five seconds. */
export async function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  await delay(Math.min(5000, 250 * 2 ** attempt) * (0.75 + Math.random() / 2), undefined, { signal });
}

export function lockRefused(blockers: readonly string[], waitedMs: number): LifeboatError {
  const pid = /^pid (\d+)/.exec(blockers[0] ?? '')?.[1] ?? '<pid>';
  return new LifeboatError({
    code: 'source-locked',
    kind: 'source',
    what: `The tables could not be locked for reading within ${Math.round(waitedMs / 1000)} s${
      blockers.length === 0 ? '' : `: ${blockers.join('; ')}`
    }.`,
    meaning: 'Another session holds or awaits an exclusive lock; the backup gave way to it each time.',
    remedy: `Let that statement finish, or end it with \`SELECT pg_terminate_backend(${pid});\`, and start the backup again.`,
  });
}

function lockFailure(error: unknown, tables: number): LifeboatError {
  if (sqlState(error) === '53200') {
    return new LifeboatError({
      code: 'source-lock-table-full',
      kind: 'source',
      what: "The server's lock table is full.",
      meaning: `A backup holds one lock for each table, and here are ${tables.toLocaleString('en')}. Nothing was read, and the locks are given back.`,
      remedy: `Raise max_locks_per_transaction on the server (\`ALTER SYSTEM SET max_locks_per_transaction = ${locksPerTransaction(tables)};\`) and restart it.`,
      cause: error,
    });
  }
  return new LifeboatError({
    code: 'source-lock-failed',
    kind: 'source',
    what: `The tables could not be locked for reading: ${messageOf(error)}.`,
    remedy: 'Grant the backup role SELECT on all tables: GRANT pg_read_all_data TO the role (14 and later).',
    cause: error,
  });
}

/** Twice what is needed, for others lock as well; the server multiplies it by its connections, 100 unless set otherwise. */
function locksPerTransaction(tables: number): number {
  return Math.max(256, 2 ** Math.ceil(Math.log2((2 * tables) / 100)));
}

export function sqlState(error: unknown): string | undefined {
  return error && typeof error === 'object' && 'code' in error ? String(error.code) : undefined;
}
