import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { openServerTarget } from '../../target/server/open-server-target.ts';

const LONGEST_WAIT_MS = 5000;
const BETWEEN_LOOKS_MS = 50;

/**
 * Ends abandoned sessions: a server that builds an index does not notice that its client is gone. Waits until
 * they have ended, so that they do not block the next restore. Best effort: a failure to connect is ignored.
 */
export async function endBackends(settings: ConnectionSettings, pids: readonly number[]): Promise<void> {
  const ofOurs = `FROM pg_catalog.pg_stat_activity
    WHERE pid = ANY ('{${pids.join(',')}}'::int[]) AND application_name = 'lifeboat' AND usename = CURRENT_USER`;
  try {
    await using target = await openServerTarget(settings, { attempts: 1 });
    await target.execute(`SELECT pg_catalog.pg_terminate_backend(pid) ${ofOurs}`, {
      deadlineMs: LONGEST_WAIT_MS,
    });
    for (
      const until = performance.now() + LONGEST_WAIT_MS;
      performance.now() < until;
      await delay(BETWEEN_LOOKS_MS)
    ) {
      const { rows } = await target.execute(`SELECT pid ${ofOurs}`, { deadlineMs: LONGEST_WAIT_MS });
      if (rows.length === 0) return;
    }
  } catch {
    // The server notices sooner or later that the clients are gone.
  }
}
