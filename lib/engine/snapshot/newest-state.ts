import type { ConnectOptions, Session } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { type QueryRows, queryRows } from '../connection/query-rows.ts';
import { openCopySession } from './copy-session.ts';

/**
 * The current state of the server, beside a transaction that shows a snapshot. It uses a separate session,
 * which has no open transaction between two queries and holds no locks. The session is on the same server,
 * because that server knows the snapshot. Before its first query, it can do one piece of work inside the
 * snapshot.
 */
export class NewestState {
  readonly #open: () => Promise<Session>;
  /** The first session, which is inside the snapshot at first. */
  readonly #opened: Promise<Session>;
  /** A session outside of the snapshot; undefined until one is needed. */
  #session: Promise<Session> | undefined;
  #ended = false;

  /** Begins to connect. A failure is thrown by the first call of session() or inSnapshot(). */
  constructor(settings: ConnectionSettings, exportedSnapshot: string, options: ConnectOptions) {
    this.#open = () => openCopySession(settings, exportedSnapshot, options);
    this.#opened = handled(this.#open());
  }

  /**
   * Does this work in a transaction that shows the snapshot, and then leaves it, whether the work succeeds or
   * fails. May be called once, before the first query: queries wait until the work is over. What the work sets
   * or prepares in the session is gone afterwards.
   */
  async inSnapshot<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    if (this.#session) throw new Error('the session has left the snapshot');
    const done = this.#opened.then(async (session) => {
      try {
        return await work(session);
      } catch (error) {
        throw session.failure(error, 'A query');
      }
    });
    const over = done.catch(() => {});
    this.#session = handled(over.then(() => this.#leave(this.#opened)));
    return await done;
  }

  /** Returns the session, and connects again if the connection was lost between two queries. */
  async session(): Promise<Session> {
    this.#session ??= handled(this.#leave(this.#opened));
    const session = await this.#session;
    if (session.lost.aborted) this.#session = handled(this.#leave(this.#open()));
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

  /** Ends the session, also in the middle of the work. */
  async end(): Promise<void> {
    this.#ended = true;
    const opened = await this.#opened.catch(() => undefined);
    await opened?.end();
    const session = await this.#session?.catch(() => undefined);
    if (session !== opened) await session?.end();
  }

  /**
   * Leaves the snapshot, or connects again if the connection was lost inside it. ROLLBACK also takes back what
   * was SET in the transaction, but not what was PREPAREd.
   */
  async #leave(opened: Promise<Session>): Promise<Session> {
    const session = await opened;
    try {
      await session.client.query('ROLLBACK; DEALLOCATE ALL');
      return session;
    } catch (error) {
      if (opened !== this.#opened || this.#ended) throw error;
      await session.end();
      return await this.#leave(this.#open());
    }
  }
}

/** Marks a promise that nobody may wait for when it fails. */
function handled<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}
