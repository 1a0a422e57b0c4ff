import pg from 'pg';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { LifeboatError, messageOf } from '../../ground/errors.ts';
import { type RefusedObject, TargetStatementError } from '../target.ts';
import { targetBroken, targetConnectionLost } from './target-failure.ts';

/**
 * Shutdown, crash, time-outs that end the session, protocol errors (PostgreSQL manual, appendix A). The rest of class 08 is
 * about a connection of the server's own, to a foreign server that a statement wanted.
 */
const SESSION_ENDED = /^(57P0[1-5]|25P0[345]|08P01)$/;
/** Insufficient resources (but not "too many connections"), system errors, internal errors. */
const BROKEN = /^(53[12]..|58...|XX...)$/;

/** Statements that look at no row: what the server says of them quotes none. */
const LOOKS_AT_NO_ROW =
  /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|SET|CREATE\s+(?!UNIQUE|INDEX|MATERIALIZED)|COMMENT|GRANT|REVOKE|DROP)\b|^ALTER\s[^']*\sSET\s*\([^')]*\);?$/i;

/** Of an option in a statement's own WITH list. */
const UNKNOWN_OPTION = /^unrecognized parameter "([^"]+)"$/;

/**
 * What the driver throws: the server's refusal of one statement, without SQL text, detail or row; or, where the session
 * or the server is past use, an error that says so. Others come back as they are.
 */
export function targetError(error: unknown, sql: string, settings: ConnectionSettings): unknown {
  if (error instanceof LifeboatError || error instanceof TargetStatementError) return error;
  if (!(error instanceof pg.DatabaseError)) {
    return isOfConnection(error) ? targetConnectionLost(settings, messageOf(error), error) : error;
  }
  const { message, code: sqlState = '' } = error;
  if (SESSION_ENDED.test(sqlState)) return targetConnectionLost(settings, message, error);
  if (BROKEN.test(sqlState)) return targetBroken(settings, message, sqlState);
  return new TargetStatementError(printableMessage(error, sql), sqlState, refusedObject(error));
}

/**
 * Data exceptions (class 22) quote a value, and what a function of the user's own raises (class P0) may say anything: where
 * rows are looked at, only the code is told. The detail is left out always, but for what stands in the way of a DROP:
 * those are names.
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
