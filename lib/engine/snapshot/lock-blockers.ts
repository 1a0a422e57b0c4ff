import type pg from 'pg';
import type { LockedRelation } from '../catalog/tables.ts';
import { LifeboatError } from '../ground/errors.ts';
import { quoteLiteral } from '../ground/sql.ts';

/** A session or prepared transaction that holds, or waits for, a lock that blocks a backup. */
export interface LockBlocker {
  readonly table: string;
  /** The process ID of the session; undefined for a prepared transaction, which has no session. */
  readonly pid?: number;
  readonly query?: string;
  readonly prepared?: {
    /** Its global identifier. */
    readonly gid: string;
    /** The time since it was prepared, by the server's clock. */
    readonly ageMs: number;
    /** The role that prepared it, and that may end it from a session in this database. */
    readonly owner: string;
  };
}

/** Enough blockers to understand the problem: the others wait behind them. */
const MOST_TOLD = 5;
/**
 * A transaction manager commits shortly after it prepares. An older prepared transaction has been forgotten.
 */
const FORGOTTEN_AFTER_MS = 5000;

/**
 * Finds the blockers, outside of any transaction, after the backup gave up its locks. Holders of a lock come
 * before those that wait. A prepared transaction has no session: the lock on its own transaction ID
 * identifies it.
 */
export async function lockBlockers(
  client: pg.Client,
  relations: readonly LockedRelation[],
): Promise<LockBlocker[]> {
  const { rows } = await client.query(`
    SELECT l.pid, l.relation::regclass::text AS "table", p.gid, p.owner::text AS owner,
           (1000 * EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - p.prepared))::float8 AS age_ms,
           pg_catalog.left(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), 100) AS query
      FROM pg_catalog.pg_locks l
      LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
      LEFT JOIN pg_catalog.pg_locks own
        ON l.pid IS NULL AND own.pid IS NULL AND own.virtualtransaction = l.virtualtransaction
       AND own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock'
      LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = own.transactionid
     WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
       AND l.relation = ANY ('{${relations.map(({ oid }) => oid).join(',')}}'::oid[])
     ORDER BY l.granted DESC, l.pid NULLS FIRST, l.relation LIMIT ${MOST_TOLD}`);
  return rows.map(({ table, pid, query, gid, owner, age_ms: ageMs }) => ({
    table,
    ...(pid === null ? {} : { pid }),
    ...(query ? { query } : {}),
    ...(gid === null ? {} : { prepared: { gid, ageMs, owner } }),
  }));
}

/**
 * Whether waiting is useless: the blocker is a forgotten prepared transaction, which never ends by itself.
 */
export function isForgotten({ prepared }: LockBlocker): boolean {
  return prepared !== undefined && prepared.ageMs > FORGOTTEN_AFTER_MS;
}

/** `pid 4711 on public.users (ALTER TABLE …)`, `the prepared transaction 'x1' on public.users`. */
export function nameBlocker({ table, pid, query, prepared }: LockBlocker): string {
  if (prepared) return `the prepared transaction ${quoteLiteral(prepared.gid)} on ${table}`;
  return pid === undefined
    ? `a prepared transaction on ${table}`
    : `pid ${pid} on ${table} (${query ?? 'query not visible'})`;
}

/**
 * The error for locks that cannot be taken, with the same advice for a backup, the doctor and a comparison.
 */
export function lockRefused(blockers: readonly LockBlocker[], waitedMs: number): LifeboatError {
  const first = blockers.find(isForgotten) ?? blockers[0];
  return new LifeboatError({
    code: 'source-locked',
    kind: 'source',
    what: `The tables could not be locked for reading within ${Math.round(waitedMs / 1000)} s${
      blockers.length === 0 ? '' : `: ${blockers.map(nameBlocker).join('; ')}`
    }.`,
    ...adviceOn(first),
  });
}

function adviceOn(blocker: LockBlocker | undefined): { readonly meaning: string; readonly remedy: string } {
  if (blocker?.prepared) {
    const gid = quoteLiteral(blocker.prepared.gid);
    return {
      meaning: `A prepared transaction keeps its locks until somebody ends it, whatever became of the session that prepared it${ageOf(blocker.prepared.ageMs)}.`,
      remedy: `In this database, as ${blocker.prepared.owner} or a superuser: \`ROLLBACK PREPARED ${gid};\`, or \`COMMIT PREPARED ${gid};\` if the transaction manager that made it says that it should be committed. Then start again.`,
    };
  }
  return {
    meaning: 'Another session holds or awaits an exclusive lock, and Lifeboat gave way to it each time.',
    remedy: `Let that statement finish, or end it with \`SELECT pg_terminate_backend(${blocker?.pid ?? '<pid>'});\`, and start again.`,
  };
}

function ageOf(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000);
  if (minutes < 1) return '';
  if (minutes < 120) return ` ${minutes} minutes ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? ` ${hours} hours ago` : ` ${Math.floor(hours / 24)} days ago`;
}
