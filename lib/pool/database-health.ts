import type pg from 'pg';
import { messageOf } from '../engine/ground/errors.ts';
import { hideSecrets } from '../engine/ground/hide-secrets.ts';

/** What a health check says: small enough for the answer of an HTTP endpoint, and without secrets. */
export interface DatabaseHealth {
  readonly healthy: boolean;
  /** From the request for a connection to the answer, or to the failure, in milliseconds. */
  readonly latencyMs: number;
  /** Why not; null if healthy. */
  readonly error: string | null;
}

/**
 * Asks the server of a pool for one row, and never throws. A healthy pool whose connections are all in use is
 * unhealthy here: its callers wait as well.
 *
 * @param timeoutMs when an answer counts as none
 */
export async function checkDatabaseHealth(pool: pg.Pool, timeoutMs = 5000): Promise<DatabaseHealth> {
  const startedAt = performance.now();
  const health = (error: string | null): DatabaseHealth => ({
    healthy: error === null,
    latencyMs: Math.round(performance.now() - startedAt),
    error,
  });
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    await Promise.race([askOnce(pool, timeout), timeout]);
    return health(null);
  } catch (error) {
    const { password } = pool.options;
    return health(hideSecrets(messageOf(error), typeof password === 'string' ? [password] : []));
  } finally {
    clearTimeout(timer);
  }
}

async function askOnce(pool: pg.Pool, timeout: Promise<never>): Promise<void> {
  let isLate = false;
  timeout.catch(() => {
    isLate = true;
  });
  const client = await pool.connect();
  if (isLate) return client.release();
  try {
    await Promise.race([client.query('SELECT 1'), timeout]);
    client.release();
  } catch (error) {
    // Whatever the connection still waits for, nobody gets it again.
    client.release(true);
    throw error;
  }
}
