import { connect } from '../../connection/connect.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { LifeboatError } from '../../ground/errors.ts';

/** A server that is asked this has little to do for it. */
const LONGEST_SILENCE_MS = 60_000;

/**
 * Asks in a session of its own whether a backend is at work on a statement. A backend that is idle has sent its
 * answer, which was lost on the way. Where the server has no connection to spare, it lives, and is believed.
 */
export async function isBackendAtWork(settings: ConnectionSettings, pid: number): Promise<boolean> {
  try {
    const session = await connect(settings, { attempts: 1, longestSilenceMs: LONGEST_SILENCE_MS });
    try {
      const { rows } = await session.client.query(
        "SELECT FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND state IS DISTINCT FROM 'idle'",
        [pid],
      );
      return rows.length > 0;
    } finally {
      await session.end();
    }
  } catch (error) {
    return error instanceof LifeboatError && error.code === 'source-connections-exhausted';
  }
}
