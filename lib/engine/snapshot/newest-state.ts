import type { ConnectOptions, Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { type QueryRows, queryRows } from '../connection/query-rows.ts';
import { openCopySession } from './copy-session.ts';

/**
 * The server as it is now, beside a transaction that shows a snapshot of it: a session of its own that has no transaction open
 * between two questions. It is known to be the same server, because it knows the snapshot. It holds nothing there.
 */
export class NewestState {
  readonly #open: () => Promise<Session>;
  #session: Promise<Session>;

  /** Begins to connect; a failure is told to whoever asks the first question. */
  constructor(settings: ConnectionSettings, exportedSnapshot: string, options: ConnectOptions) {
    this.#open = async () => {
      const session = await openCopySession(settings, exportedSnapshot, options);
      await session.client.query('ROLLBACK');
      return session;
    };
    this.#session = this.#begin();
  }

  /** Connects anew where the connection was lost while there was nothing to ask. */
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
