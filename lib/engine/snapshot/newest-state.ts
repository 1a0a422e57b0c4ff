import type { ConnectOptions, Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { type QueryRows, queryRows } from '../connection/query-rows.ts';
import { openCopySession } from './copy-session.ts';

/**
 * The current state of the server, beside a transaction that shows a snapshot. It uses a separate session,
 * which has no open transaction between two queries and holds no locks. The session is on the same server,
 * because that server knows the snapshot.
 */
export class NewestState {
  readonly #open: () => Promise<Session>;
  #session: Promise<Session>;

  /** Begins to connect. A failure is thrown by the first call of session(). */
  constructor(settings: ConnectionSettings, exportedSnapshot: string, options: ConnectOptions) {
    this.#open = async () => {
      const session = await openCopySession(settings, exportedSnapshot, options);
      await session.client.query('ROLLBACK');
      return session;
    };
    this.#session = this.#begin();
  }

  /** Returns the session, and connects again if the connection was lost between two queries. */
  async session(): Promise<Session> {
    const session = await this.#session;
    if (session.lost.aborted) this.#session = this.#begin();
    return await this.#session;
  }

  readonly query: QueryRows = async (sql) => {
    const session = await this.session();
    try {
      return await queryRows(session.client)(sql);
    } catch (error) {
      throw session.failure(error, 'A look at the catalog');
    }
  };

  async end(): Promise<void> {
    await this.#session.then(
      (session) => session.end(),
      () => {},
    );
  }

  #begin(): Promise<Session> {
    const session = this.#open();
    session.catch(() => {});
    return session;
  }
}
