import pg from 'pg';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { LifeboatError, messageOf } from '../../ground/errors.ts';
import { type RefusedObject, TargetStatementError } from '../target.ts';
import { asTargetFailure, targetBroken, targetConnectionLost } from './target-failure.ts';

/**
 * Errors that end the session: shutdown, crash, time-outs, protocol errors (PostgreSQL manual, appendix A).
 * The rest of class 08 concerns the server's own connections to foreign servers.
 */
const SESSION_ENDED = /^(57P0[1-5]|25P0[345]|08P01)$/;
/** Insufficient resources (but not "too many connections"), system errors, internal errors. */
const BROKEN = /^(53[12]..|58...|XX...)$/;

/** Statements that read no rows, so that the server's messages about them quote none. */
const LOOKS_AT_NO_ROW =
  /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|SET|CREATE\s+(?!UNIQUE|INDEX|MATERIALIZED)|COMMENT|GRANT|REVOKE|DROP)\b|^ALTER\s[^']*\sSET\s*\([^')]*\);?$/i;

/** The message for an unknown option in a statement's WITH list. */
const UNKNOWN_OPTION = /^unrecognized parameter "([^"]+)"$/;

/**
 * Converts an error of the driver: to the server's refusal of one statement, without SQL text, detail or row;
 * or, if the session or the server can no longer be used, to an error that says so. Other errors are returned
 * unchanged.
 */
export function targetError(error: unknown, sql: string, settings: ConnectionSettings): unknown {
  if (error instanceof TargetStatementError) return error;
  // What watches the connection knows sources only.
  if (error instanceof LifeboatError) return asTargetFailure(error);
  if (!(error instanceof pg.DatabaseError)) {
    return isOfConnection(error) ? targetConnectionLost(settings, messageOf(error), error) : error;
  }
  const { message, code: sqlState = '' } = error;
  if (SESSION_ENDED.test(sqlState)) return targetConnectionLost(settings, message, error);
  if (BROKEN.test(sqlState)) return targetBroken(settings, message, sqlState);
  return new TargetStatementError(printableMessage(error, sql), sqlState, refusedObject(error));
}

/**
 * Data exceptions (class 22) quote a value, and errors that a user's function raises (class P0) may contain
 * anything. So for statements that read rows, only the code is reported. The detail is always left out,
 * except for the objects that prevent a DROP, because these are only names.
 */
function printableMessage({ message, code: sqlState = '', detail }: pg.DatabaseError, sql: string): string {
  const isQuoting = sqlState.startsWith('22') || sqlState.startsWith('P0');
  const option = UNKNOWN_OPTION.exec(message)?.[1];
  if (option !== undefined && sql.includes(option)) return message;
  if (isQuoting && !LOOKS_AT_NO_ROW.test(sql)) return `a value was refused (SQLSTATE ${sqlState})`;
  if (sqlState === '2BP01' && detail) return `${message}: ${detail.split('\n').join('; ')}`;
  return message;
}

function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (
    /^(Connection terminated|Client |This socket|write after end)/.test(error.message) ||
    [
      'ECONNRESET',
      'EPIPE',
      'ETIMEDOUT',
      'ECONNABORTED',
      'EHOSTUNREACH',
      'ERR_STREAM_PREMATURE_CLOSE',
    ].includes(code ?? '')
  );
}

function refusedObject({ schema, table, column, dataType, constraint }: pg.DatabaseError): RefusedObject {
  return {
    ...(schema ? { schema } : {}),
    ...(table ? { table } : {}),
    ...(column ? { column } : {}),
    ...(dataType ? { dataType } : {}),
    ...(constraint ? { constraint } : {}),
  };
}
