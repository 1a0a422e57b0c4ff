import { connect } from '../../connection/connect.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { checkAddress } from '../../connection/host-profile.ts';
import { serverGuards } from '../../connection/server-guards.ts';
import { RESTORE_SETTINGS } from '../../connection/session-settings.ts';
import type { LifeboatError } from '../../ground/errors.ts';
import { isBackendAtWork } from './backend-at-work.ts';
import { ServerTarget } from './server-target.ts';
import { asTargetFailure } from './target-failure.ts';

export { ServerTarget } from './server-target.ts';
export { asTargetFailure } from './target-failure.ts';

export interface ServerTargetOptions {
  /**
   * The encoding of COPY text in both directions: the source's own, so that all bytes stay the same.
   * @default UTF8
   */
  readonly encoding?: string;
  /** How long a statement may wait for another session's lock. @default half a minute */
  readonly lockTimeoutMs?: number;
  /**
   * The longest time without a byte of an answer, in milliseconds. Then the server is asked, in another
   * session, whether it is at work on the statement. @default 5 minutes
   */
  readonly longestSilenceMs?: number;
  /** The maximum number of attempts to connect. @default 5 */
  readonly attempts?: number;
  /** Ends the session immediately, whatever it is doing. Pending calls reject with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onRetry?: (failure: LifeboatError, waitMs: number) => void;
}

const LOCK_TIMEOUT_MS = 30_000;
/** The idle time in a transaction: a restore waits there for the vault, and for its other sessions. */
const LONGEST_IDLE_MS = 15 * 60_000;

/** Turns off event triggers, which are meant for the actions of users. Only superusers can do this. */
const EVENT_TRIGGERS = { sinceMajor: 17, statement: 'SET event_triggers = off' };
/**
 * If the server crashes within half a second, the last commits may be lost, and the records of them as well.
 */
const WITHOUT_WAITING = 'SET synchronous_commit = off';

/**
 * Opens one session of a PostgreSQL server as a target. If this fails, throws `target-…` errors that say what
 * to do. A refused statement throws a TargetStatementError, and a lost connection `target-connection-lost`.
 */
export async function openServerTarget(
  settings: ConnectionSettings,
  options: ServerTargetOptions = {},
): Promise<ServerTarget> {
  const { signal, attempts, longestSilenceMs, onRetry } = options;
  let backendPid: number | undefined;
  try {
    checkAddress(settings);
    const session = await connect(settings, {
      guards: { ...serverGuards(), longestIdleMs: LONGEST_IDLE_MS },
      // The index of a large table takes longer than any silence that would be normal otherwise.
      isAtWork: async () => backendPid !== undefined && (await isBackendAtWork(settings, backendPid)),
      ...(longestSilenceMs === undefined ? {} : { longestSilenceMs }),
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
      backendPid = Number(rows[0]?.pid);
      const target = new ServerTarget({
        session,
        settings,
        encoding: copyEncoding(options.encoding ?? 'UTF8', String(rows[0]?.encoding)),
        backendPid,
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
 * The encoding for COPY. Text of a SQL_ASCII source is loaded in the encoding of the target database. If COPY
 * were told SQL_ASCII, the server would check nothing (tried with 14 to 18), and a UTF8 database could hold
 * invalid bytes.
 */
function copyEncoding(encoding: string, ofDatabase: string): string {
  return encoding === 'SQL_ASCII' ? ofDatabase : encoding;
}
