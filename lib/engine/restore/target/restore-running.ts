import { LifeboatError } from '../../ground/errors.ts';

/** Lifeboat's own advisory lock, which only one session of a database can hold: `LIFE`, `BOAT` in ASCII. */
export const RESTORE_LOCK = [1279871557, 1112490324] as const;

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
