import type { QueryRows } from '../connection/query-rows.ts';

/** How many locks the server has room for, and the setting that this comes of. */
export interface LockTableRoom {
  readonly locks: number;
  readonly locksPerTransaction: number;
}

/** Others lock as well: a backup's locks should take no more of the table than this. */
const COMFORTABLE_SHARE = 0.5;
/** What a server has from initdb. */
const DEFAULT_LOCKS_PER_TRANSACTION = 64;

/** PostgreSQL manual, max_locks_per_transaction: room for that many times (max_connections + max_prepared_transactions). */
export async function readLockTableRoom(query: QueryRows): Promise<LockTableRoom> {
  const [row] = await query(`
    SELECT pg_catalog.current_setting('max_locks_per_transaction') AS per_transaction,
           pg_catalog.current_setting('max_locks_per_transaction')::int *
           (pg_catalog.current_setting('max_connections')::int +
            pg_catalog.current_setting('max_prepared_transactions')::int) AS room`);
  return { locks: Number(row?.room), locksPerTransaction: Number(row?.per_transaction) };
}

/** Whether a backup of so many tables leaves others enough. */
export function isLockTableComfortable(tables: number, { locks }: LockTableRoom): boolean {
  return tables <= locks * COMFORTABLE_SHARE;
}

/** What to do where there is not enough room: the same advice before a backup and after its failure. */
export function raiseLockTable(tables: number, { locks, locksPerTransaction }: LockTableRoom): string {
  const needed = ((tables / COMFORTABLE_SHARE) * locksPerTransaction) / locks;
  const power = 2 ** Math.ceil(Math.log2(Math.max(needed, DEFAULT_LOCKS_PER_TRANSACTION)));
  return `\`ALTER SYSTEM SET max_locks_per_transaction = ${power};\` on the server (or change the setting in the host's console), and restart the server.`;
}
