import { LifeboatError } from '../../ground/errors.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';

/** Lifeboat's own advisory lock, which only one session of a database can hold: `LIFE`, `BOAT` in ASCII. */
const RESTORE_LOCK = '1279871557, 1112490324';

/** Allows one restore at a time: throws `restore-running` when another one runs in this database. */
export async function lockDatabase(target: ServerTarget): Promise<void> {
  const { rows } = await target.execute(`SELECT pg_catalog.pg_try_advisory_lock(${RESTORE_LOCK}) AS locked`);
  if (rows[0]?.locked === 't') return;
  throw new LifeboatError({
    code: 'restore-running',
    kind: 'target',
    what: `Another restore is running in ${target.display}.`,
    meaning:
      'If it was interrupted a moment ago, the server needs some seconds to notice that its sessions are gone.',
    remedy: 'Wait for it to end. pg_stat_activity shows its sessions, with application_name lifeboat.',
  });
}
