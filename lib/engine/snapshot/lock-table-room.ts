import type { QueryRows } from '../connection/query-rows.ts';

/** The number of locks that the server has room for, and the setting that determines it. */
export interface LockTableRoom {
  readonly locks: number;
  readonly locksPerTransaction: number;
}

/**
 * A backup's locks should take at most this share of the lock table, because other sessions need locks too.
 */
const COMFORTABLE_SHARE = 0.5;
/** The default of max_locks_per_transaction. */
const DEFAULT_LOCKS_PER_TRANSACTION = 64;

/**
 * Reads the size of the lock table: max_locks_per_transaction * (max_connections +
 * max_prepared_transactions), by the PostgreSQL manual, max_locks_per_transaction.
 */
export async function readLockTableRoom(query: QueryRows): Promise<LockTableRoom> {
  const [row] = await query(`
    SELECT pg_catalog.current_setting('max_locks_per_transaction') AS per_transaction,
           pg_catalog.current_setting('max_locks_per_transaction')::int *
           (pg_catalog.current_setting('max_connections')::int +
            pg_catalog.current_setting('max_prepared_transactions')::int) AS room`);
  return { locks: Number(row?.room), locksPerTransaction: Number(row?.per_transaction) };
}

/** Whether a backup of this many tables leaves enough locks for other sessions. */
export function isLockTableComfortable(tables: number, { locks }: LockTableRoom): boolean {
  return tables <= locks * COMFORTABLE_SHARE;
}

/** The advice for a lock table that is too small, before a backup and after its failure. */
export function raiseLockTable(tables: number, { locks, locksPerTransaction }: LockTableRoom): string {
  const needed = ((tables / COMFORTABLE_SHARE) * locksPerTransaction) / locks;
  const power = 2 ** Math.ceil(Math.log2(Math.max(needed, DEFAULT_LOCKS_PER_TRANSACTION)));
  return `\`ALTER SYSTEM SET max_locks_per_transaction = ${power};\` on the server (or change the setting in the host's console), and restart the server.`;
}
