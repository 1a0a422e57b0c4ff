import { LifeboatError } from '../../ground/errors.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';

/** Lifeboat's own advisory lock, which only one session of a database can hold: `LIFE`, `BOAT` in ASCII. */
const RESTORE_LOCK = [1279871557, 1112490324] as const;

/** Whether another session holds that lock, for a plan, which locks nothing. */
export const IS_RUNNING = `
  SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.classid = ${RESTORE_LOCK[0]} AND l.objid = ${RESTORE_LOCK[1]} AND l.pid <> pg_catalog.pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())) AS running`;

export function restoreRunning(display: string): LifeboatError {
  return new LifeboatError({
    code: 'restore-running',
    kind: 'target',
    what: `Another restore is running in ${display}.`,
    meaning:
      'If it was interrupted a moment ago, the server needs some seconds to notice that its sessions are gone.',
    remedy: 'Wait for it to end. pg_stat_activity shows its sessions, with application_name lifeboat.',
  });
}

/** Allows one restore at a time: throws `restore-running` when another one runs in this database. */
export async function lockDatabase(target: ServerTarget): Promise<void> {
  const { rows } = await target.execute(
    `SELECT pg_catalog.pg_try_advisory_lock(${RESTORE_LOCK.join(', ')}) AS locked`,
  );
  if (rows[0]?.locked === 't') return;
  throw restoreRunning(target.display);
}
