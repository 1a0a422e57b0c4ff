import pg from 'pg';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import { diagnoseConnection } from './connection-errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { type LastWords, SQLSTATE_RECOVERY_CONFLICT } from './last-words.ts';
import { withSqlState } from './server-words.ts';

/** SQLSTATEs that end the session: shutdown, crash, dropped database. */
const SESSION_ENDED = /^(57P0[1-4]|08...)$/;
/**
 * idle_in_transaction_session_timeout, transaction_timeout, idle_session_timeout: set by server-guards.ts.
 */
const TIMED_OUT = /^(25P03|25P04|57P05)$/;
/**
 * program_limit_exceeded. If a value grows beyond a gigabyte as text, it is an internal error instead, always
 * in English.
 */
const SQLSTATE_LIMIT_EXCEEDED = '54000';
export const SQLSTATE_LOCK_NOT_AVAILABLE = '55P03';
export const SQLSTATE_DEADLOCK = '40P01';
const ALLOCATION = /^invalid memory alloc request size (\d+)$/;
/**
 * The longest value has a gigabyte and takes up to four as text. A larger size is not a value's: the data is
 * damaged.
 */
const LONGEST_TEXT_OF_A_VALUE = 2 ** 32;
const SILENCE: LastWords = { ending: undefined, metRecoveryConflict: false };
const SOCKET_ENDED = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'EHOSTUNREACH']);

/**
 * On a standby, replay had to remove or lock rows that were being read (PostgreSQL manual, "Handling Query
 * Conflicts").
 */
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

/** Whether the driver threw the error, and not a store or a bug of Lifeboat. */
export function isSourceError(error: unknown): error is Error {
  if (error instanceof pg.DatabaseError) return true;
  if (!(error instanceof Error) || error instanceof LifeboatError) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (
    (code !== undefined && SOCKET_ENDED.has(code)) || /^(Connection terminated|Client )/.test(error.message)
  );
}

/**
 * Turns an error of the driver into one that says what to do; `doing` completes "… failed". Returns other
 * errors unchanged, unless a recovery conflict explains them: pg_dump's query was cancelled, or the
 * connection ended.
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
  if (TIMED_OUT.test(state)) return sessionTimedOut(doing, error, state);
  if (state === '' || SESSION_ENDED.test(state)) {
    return diagnoseConnection(new Error(`the connection ended: ${messageOf(error)}`), settings).failure;
  }
  if (state === SQLSTATE_LOCK_NOT_AVAILABLE) return lockKept(doing, error);
  if (isTooLargeForText(error, state)) return rowTooLarge(doing, error, state);
  if (state.startsWith('XX')) {
    return new LifeboatError({
      code: 'source-damaged',
      kind: 'source',
      what: `${doing} failed: ${withSqlState(messageOf(error), state)}.`,
      meaning: 'The server found damaged data or had an internal error, so a backup would not be complete.',
      remedy:
        'Keep your earlier backups, look at the log of the server, and restore the damaged table from a backup.',
      cause: error,
    });
  }
  return new LifeboatError({
    code: 'source-query-failed',
    kind: 'source',
    what: `${doing} failed: ${withSqlState(messageOf(error), state)}.`,
    meaning: 'The backup was abandoned; nothing was sealed.',
    remedy: 'If a privilege is missing, grant it to the role; otherwise look at the log of the server.',
    cause: error,
  });
}

function sessionTimedOut(doing: string, cause: Error, state: string): LifeboatError {
  return new LifeboatError({
    code: 'source-session-timed-out',
    kind: 'source',
    what: `${doing} failed: ${withSqlState(messageOf(cause), state)}.`,
    meaning:
      'The server received nothing for longer than a running Lifeboat ever stays silent: this machine slept, or the process was stopped. The server released the snapshot and the locks; nothing was sealed.',
    remedy: 'Start the backup again on a machine that stays awake.',
    cause,
  });
}

/** Whether a value, or the row that holds it, is too long for the server to write as text. */
function isTooLargeForText(error: Error, state: string): boolean {
  const requested = Number(ALLOCATION.exec(error.message)?.[1]);
  return state === SQLSTATE_LIMIT_EXCEEDED || requested < LONGEST_TEXT_OF_A_VALUE;
}

/** PostgreSQL's memutils.h, MaxAllocSize; manual, "bytea Hex Format". */
function rowTooLarge(doing: string, cause: Error, state: string): LifeboatError {
  return new LifeboatError({
    code: 'source-row-too-large',
    kind: 'source',
    what: `${doing} failed: a row is too large for COPY (${withSqlState(messageOf(cause), state)}).`,
    meaning:
      'COPY writes each row as one text, and PostgreSQL cannot make a text of 1 GB or more. A bytea takes two characters for each byte, so half a gigabyte is already too much. pg_dump cannot read such a row either. Nothing was sealed.',
    remedy:
      'Leave out the rows of this table with --exclude-table-data and save them in another way, or move such values into large objects or several rows.',
    cause,
  });
}

/** The error for an object that a backup reads without a lock of its own: a sequence, a view. */
function lockKept(doing: string, cause: Error): LifeboatError {
  return new LifeboatError({
    code: 'source-locked',
    kind: 'source',
    what: `${doing} failed: ${withSqlState(messageOf(cause), SQLSTATE_LOCK_NOT_AVAILABLE)}.`,
    meaning:
      'Another session, or a prepared transaction, holds an exclusive lock on a view, a sequence or a similar object.',
    remedy:
      'Find that transaction in pg_locks or pg_prepared_xacts. Let it finish, or end it; then start again.',
    cause,
  });
}
