import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { LockedRelation } from '../catalog/tables.ts';
import { SQLSTATE_DEADLOCK, SQLSTATE_LOCK_NOT_AVAILABLE } from '../connection/query-failure.ts';
import { queryRows } from '../connection/query-rows.ts';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import { qualifiedName } from '../ground/sql.ts';
import { raiseLockTable, readLockTableRoom } from './lock-table-room.ts';

/**
 * Half of the default deadlock_timeout of one second. If the locks of the backup and of a migration form a
 * deadlock, the backup gives way before the server chooses a transaction to cancel.
 */
export const LOCK_TIMEOUT_MS = 500;
const RELATIONS_PER_STATEMENT = 500;

const SQLSTATE_UNDEFINED_TABLE = '42P01';
const SQLSTATE_UNDEFINED_SCHEMA = '3F000';

export type LockOutcome = 'locked' | 'refused' | 'changed';

/**
 * Takes ACCESS SHARE on every relation, inside a transaction that has run no query yet. LOCK TABLE takes no
 * snapshot, so the snapshot of the next query is younger than every lock. Returns `refused` if another
 * session holds or awaits a stronger lock, and `changed` if a relation was dropped or renamed since it was
 * listed. In both cases, the caller must roll back the transaction.
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
      throw await lockFailure(client, error, relations.length);
    }
  }
  return 'locked';
}

/** Waits between two attempts to lock: longer each time, up to five seconds. */
export async function backOff(attempt: number, signal: AbortSignal): Promise<void> {
  await delay(Math.min(5000, 250 * 2 ** attempt) * (0.75 + Math.random() / 2), undefined, { signal });
}

async function lockFailure(client: pg.Client, error: unknown, tables: number): Promise<LifeboatError> {
  if (sqlState(error) === '53200') {
    await client.query('ROLLBACK');
    return new LifeboatError({
      code: 'source-lock-table-full',
      kind: 'source',
      what: "The server's lock table is full.",
      meaning: `A backup holds one lock for each table, and this database has ${tables.toLocaleString('en')} tables. Nothing was read, and the locks were released.`,
      remedy: raiseLockTable(tables, await readLockTableRoom(queryRows(client))),
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

export function sqlState(error: unknown): string | undefined {
  return error && typeof error === 'object' && 'code' in error ? String(error.code) : undefined;
}
