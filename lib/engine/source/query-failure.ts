import pg from 'pg';
import { LifeboatError, messageOf } from '../errors.ts';
import { diagnoseConnection } from './connection-errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { type LastWords, SQLSTATE_RECOVERY_CONFLICT } from './last-words.ts';

/** SQLSTATEs with which a server says that it ends the session: shutdown, crash, dropped database, idle time-outs. */
const SESSION_ENDED = /^(57P0[1-5]|25P03|08...)$/;
const SILENCE: LastWords = { ending: undefined, metRecoveryConflict: false };
const SOCKET_ENDED = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'EHOSTUNREACH']);

/** On a standby, replay had to remove or lock what we were reading (PostgreSQL manual, "Handling Query Conflicts"). */
export class RecoveryConflictError extends LifeboatError {
  constructor(doing: string) {
    super({
      code: 'source-recovery-conflict',
      kind: 'source',
      what: `${doing} was cancelled by the standby, because replay of the primary's changes conflicted with it.`,
      meaning: 'The backup was abandoned; nothing was sealed.',
      remedy:
        'Set hot_standby_feedback = on or a larger max_standby_streaming_delay on the standby, or back up from the primary.',
    });
    this.name = 'RecoveryConflictError';
  }
}

/** Whether the driver threw it, rather than a store or a bug of ours. */
export function isSourceError(error: unknown): error is Error {
  if (error instanceof pg.DatabaseError) return true;
  if (!(error instanceof Error) || error instanceof LifeboatError) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (
    (code !== undefined && SOCKET_ENDED.has(code)) || /^(Connection terminated|Client )/.test(error.message)
  );
}

/**
 * What the driver throws, as an error that says what to do; `doing` completes "… failed". Others come back as they are, but
 * for what a recovery conflict explains: pg_dump, whose query was cancelled, or the end of the connection.
 */
export function sourceFailure(
  thrown: unknown,
  doing: string,
  settings: ConnectionSettings,
  lastWords: LastWords = SILENCE,
): unknown {
  if (thrown instanceof LifeboatError) {
    const isExplained = lastWords.metRecoveryConflict && thrown.kind === 'source';
    return isExplained && !(thrown instanceof RecoveryConflictError)
      ? new RecoveryConflictError(doing)
      : thrown;
  }
  const error = isSourceError(thrown) ? (lastWords.ending ?? thrown) : thrown;
  if (!isSourceError(error)) return error;
  const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  if (lastWords.metRecoveryConflict || state === SQLSTATE_RECOVERY_CONFLICT)
    return new RecoveryConflictError(doing);
  if (state === '' || SESSION_ENDED.test(state)) {
    return diagnoseConnection(new Error(`the connection ended: ${messageOf(error)}`), settings).failure;
  }
  if (state.startsWith('XX')) {
    return new LifeboatError({
      code: 'source-damaged',
      kind: 'source',
      what: `${doing} failed: ${messageOf(error)} (SQLSTATE ${state}).`,
      meaning:
        'The server met damaged data or an internal error; a backup of what is left would not be whole.',
      remedy:
        'Keep your earlier backups, look at the log of the server, and restore the damaged table from a backup.',
      cause: error,
    });
  }
  return new LifeboatError({
    code: 'source-query-failed',
    kind: 'source',
    what: `${doing} failed: ${messageOf(error)} (SQLSTATE ${state}).`,
    meaning: 'The backup was abandoned; nothing was sealed.',
    remedy: 'If a privilege is missing, grant it to the role; else look at the log of the server.',
    cause: error,
  });
}
