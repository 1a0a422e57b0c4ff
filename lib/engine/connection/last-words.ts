import type { EventEmitter } from 'node:events';
import pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';

/**
 * serialization_failure. A transaction that only reads meets it in one case: replay on a standby was in its way. Told by this
 * and not by the words, for those come in the server's language (`lc_messages`).
 */
export const SQLSTATE_RECOVERY_CONFLICT = '40001';

/** Why a session ended or cannot be used any more, which whoever waits for its answer is not always told. */
export interface LastWords {
  /** What the server said and did not go on after, or our own reason for hanging up. Undefined while all is well. */
  readonly ending: Error | undefined;
  /** Whether replay of the primary's changes cancelled a statement or the session, ever. */
  readonly metRecoveryConflict: boolean;
}

/**
 * Listens beside whoever reads the connection. A server that ends a session says why, and the driver tells that to the query
 * that happens to run: then the end of the connection, which others hear of, comes without a reason. After an error that
 * does not end the session the server is ready for the next query (PostgreSQL manual, "Message Flow").
 */
export function hearLastWords(client: pg.Client): LastWords {
  let ending: Error | undefined;
  let metRecoveryConflict = false;
  client.on('error', (error) => {
    if (error instanceof pg.DatabaseError || error instanceof LifeboatError) ending = error;
  });
  // The driver keeps it to itself.
  const { connection } = client as unknown as { connection: EventEmitter };
  connection.on('errorMessage', (error: pg.DatabaseError) => {
    ending = error;
    metRecoveryConflict ||= error.code === SQLSTATE_RECOVERY_CONFLICT;
  });
  connection.on('readyForQuery', () => {
    ending = undefined;
  });
  return {
    get ending() {
      return ending;
    },
    get metRecoveryConflict() {
      return metRecoveryConflict;
    },
  };
}
