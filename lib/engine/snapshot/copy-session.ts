import type pg from 'pg';
import { type ConnectOptions, connect, type Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { stayAwake } from '../connection/server-guards.ts';
import { CopySocket } from '../copy-text/copy-socket.ts';
import { LifeboatError } from '../ground/errors.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { sqlState } from './lock-relations.ts';

const SQLSTATE_INVALID_SNAPSHOT = new Set(['22023', '42704', '55000']);

/** A session that reads under the coordinator's snapshot. */
export interface CopySession extends Session {
  /** Ends the session, even during a COPY: closing the connection makes the server stop sending. */
  abandon(): void;
}

/**
 * Opens a session and imports the snapshot. Throws `source-several-servers` if the server does not know it.
 */
export async function openCopySession(
  settings: ConnectionSettings,
  exportedSnapshot: string,
  options: ConnectOptions,
): Promise<CopySession> {
  const session = await connect(settings, { ...options, socket: () => new CopySocket() });
  try {
    await session.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await session.client.query(`SET TRANSACTION SNAPSHOT ${quoteLiteral(exportedSnapshot)}`);
  } catch (error) {
    await session.end();
    throw SQLSTATE_INVALID_SNAPSHOT.has(sqlState(error) ?? '') ? severalServers(settings, error) : error;
  }
  const fallAsleep = stayAwake(session.client);
  return {
    ...session,
    abandon: () => destroy(session.client),
    async end() {
      fallAsleep();
      await session.end();
    },
  };
}

function destroy(client: pg.Client): void {
  // pg's own end() waits for the running query, so the socket is destroyed.
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}

function severalServers(settings: ConnectionSettings, cause: unknown): LifeboatError {
  return new LifeboatError({
    code: 'source-several-servers',
    kind: 'source',
    what: `A second connection to ${settings.display} does not know the snapshot of the first.`,
    meaning:
      'The two connections reached different servers: a load-balancing endpoint, or a failover in between.',
    remedy: 'Use the address of one server, and start the backup again.',
    cause,
  });
}
