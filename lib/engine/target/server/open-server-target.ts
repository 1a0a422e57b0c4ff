import { connect } from '../../connection/connect.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { checkAddress } from '../../connection/host-profile.ts';
import { serverGuards } from '../../connection/server-guards.ts';
import { RESTORE_SETTINGS } from '../../connection/session-settings.ts';
import type { LifeboatError } from '../../ground/errors.ts';
import { ServerTarget } from './server-target.ts';
import { asTargetFailure } from './target-failure.ts';

export { ServerTarget } from './server-target.ts';
export { asTargetFailure } from './target-failure.ts';

export interface ServerTargetOptions {
  /** Of COPY text in both directions: the source's own, so that every byte stays as it was read. @default UTF8 */
  readonly encoding?: string;
  /** How long a statement may wait for somebody else's lock. @default half a minute */
  readonly lockTimeoutMs?: number;
  /** How often to try to connect in all. @default 5 */
  readonly attempts?: number;
  /** Ends the session at once, whatever it does; what is pending rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onRetry?: (failure: LifeboatError, waitMs: number) => void;
}

const LOCK_TIMEOUT_MS = 30_000;
/** In a transaction without a statement: a restore waits there for the vault, and for what its other sessions do. */
const LONGEST_IDLE_MS = 15 * 60_000;

/** A superuser's session can be without event triggers, which are to act on what users do. */
const EVENT_TRIGGERS = { sinceMajor: 17, statement: 'SET event_triggers = off' };
/** A crash of the server within the next half second may undo the last commits; what tells of them is undone as well. */
const WITHOUT_WAITING = 'SET synchronous_commit = off';

/**
 * One session of a PostgreSQL server, as a target. Throws `target-…` errors that say what to do when it cannot be had;
 * a statement that is refused is a TargetStatementError, a connection that ends `target-connection-lost`.
 */
export async function openServerTarget(
  settings: ConnectionSettings,
  options: ServerTargetOptions = {},
): Promise<ServerTarget> {
  const { signal, attempts, onRetry } = options;
  try {
    checkAddress(settings);
    const session = await connect(settings, {
      guards: { ...serverGuards(), longestIdleMs: LONGEST_IDLE_MS },
      ...(signal ? { signal } : {}),
      ...(attempts === undefined ? {} : { attempts }),
      ...(onRetry
        ? { onRetry: (failure, waitMs) => onRetry(asTargetFailure(failure) as LifeboatError, waitMs) }
        : {}),
    });
    try {
      const { rows } = await session.client.query<{ pid: number; encoding: string }>(
        'SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.getdatabaseencoding() AS encoding',
      );
      const target = new ServerTarget({
        session,
        settings,
        encoding: copyEncoding(options.encoding ?? 'UTF8', String(rows[0]?.encoding)),
        backendPid: Number(rows[0]?.pid),
        signal,
      });
      await target.executeAll([
        ...RESTORE_SETTINGS,
        WITHOUT_WAITING,
        `SET lock_timeout = ${options.lockTimeoutMs ?? LOCK_TIMEOUT_MS}`,
      ]);
      if (session.major >= EVENT_TRIGGERS.sinceMajor)
        await target.execute(EVENT_TRIGGERS.statement).catch(() => {});
      return target;
    } catch (error) {
      await session.end();
      throw error;
    }
  } catch (error) {
    throw asTargetFailure(error);
  }
}

/**
 * What COPY is told the encoding is. Text of a SQL_ASCII source goes into another database as that one's own: told SQL_ASCII,
 * the server checks nothing (tried, 14 to 18), and a database in UTF8 holds bytes that are no characters of it.
 */
function copyEncoding(encoding: string, ofDatabase: string): string {
  return encoding === 'SQL_ASCII' ? ofDatabase : encoding;
}
