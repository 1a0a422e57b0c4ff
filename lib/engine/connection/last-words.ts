import type { EventEmitter } from 'node:events';
import pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';

/**
 * serialization_failure. A read-only transaction gets it only when replay on a standby conflicts with it. The
 * code identifies the error, because its words are in the server's language (`lc_messages`).
 */
export const SQLSTATE_RECOVERY_CONFLICT = '40001';

/** Why a session ended or became unusable. A query that waits for its answer does not always learn this. */
export interface LastWords {
  /**
   * The server's last error, or Lifeboat's own reason for ending the connection. Undefined while the session
   * works.
   */
  readonly ending: Error | undefined;
  /** Whether replay of the primary's changes has ever cancelled a statement or the session. */
  readonly metRecoveryConflict: boolean;
}

/**
 * Listens to a connection beside its reader. A server that ends a session says why, but the driver reports
 * that only to the query that runs at the moment; others learn only that the connection ended. After an error
 * that does not end the session, the server becomes ready for the next query (PostgreSQL manual, "Message
 * Flow").
 */
export function hearLastWords(client: pg.Client): LastWords {
  let ending: Error | undefined;
  let metRecoveryConflict = false;
  client.on('error', (error) => {
    if (error instanceof pg.DatabaseError || error instanceof LifeboatError) ending = error;
  });
  // The driver does not declare it.
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
