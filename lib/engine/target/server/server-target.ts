import type pg from 'pg';
import { type CopyInOptions, copyInStatement } from '../../archive/copy-in-statement.ts';
import { copyOut } from '../../catalog/copy-statement.ts';
import type { Session } from '../../connection/connect.ts';
import type { ConnectionSettings } from '../../connection/connection-settings.ts';
import { type QueryAll, queriesAtOnce } from '../../connection/query-rows.ts';
import { CopyOut } from '../../copy-text/copy-out.ts';
import type { ContentDigest } from '../../copy-text/row-digest.ts';
import { LifeboatError } from '../../ground/errors.ts';
import {
  type CopyDestination,
  type ResultRow,
  type StatementOptions,
  type StatementResult,
  type Target,
  TargetStatementError,
} from '../target.ts';
import { copyRowsIn, digestRowsOut } from './copy-rows.ts';
import { targetError } from './refusal.ts';

export interface ServerTargetParts {
  readonly session: Session;
  readonly settings: ConnectionSettings;
  /** The encoding of COPY text in both directions. */
  readonly encoding: string;
  readonly backendPid: number;
  readonly signal: AbortSignal | undefined;
}

/** The parts of `pg` that its types lack: the socket, and the tag of a completed statement. */
interface Connection {
  readonly stream: { destroy(): void };
  on(event: 'commandComplete', listener: (message: { text: string }) => void): void;
}

const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** One session of a PostgreSQL server: see open-server-target.ts. Concurrent calls run one after another. */
export class ServerTarget implements Target, AsyncDisposable {
  readonly kind = 'server';
  readonly serverMajor: number;
  /** `user@host:port/database`. */
  readonly display: string;
  readonly backendPid: number;
  readonly #session: Session;
  readonly #settings: ConnectionSettings;
  readonly #encoding: string;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.abandon();
  #tag = '';
  /** Settles when the latest call has settled. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ session, settings, encoding, backendPid, signal }: ServerTargetParts) {
    this.#session = session;
    this.#settings = settings;
    this.#encoding = encoding;
    this.#signal = signal;
    this.serverMajor = session.major;
    this.display = settings.display;
    this.backendPid = backendPid;
    this.#connection.on('commandComplete', ({ text }) => {
      this.#tag = text;
    });
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  execute(sql: string, options: StatementOptions = {}): Promise<StatementResult> {
    return this.#inTurn(sql, options, () => this.#query(sql));
  }

  /**
   * Sends several statements as one: in one transaction, all of them or none are executed. Returns no rows.
   */
  async executeAll(statements: readonly string[]): Promise<void> {
    const sql = statements.map((one) => one.replace(/;\s*$/, '')).join(';\n');
    await this.#inTurn(sql, {}, () => this.#session.client.query(sql));
  }

  /**
   * Sends several queries as one, and returns the rows of each by its name. This saves time on a distant
   * server.
   */
  async askAll<Name extends string>(
    questions: Readonly<Record<Name, string>>,
  ): Promise<Readonly<Record<Name, readonly ResultRow[]>>> {
    const names = Object.keys(questions) as Name[];
    const results = await this.queryAll(names.map((name) => questions[name]));
    if (results.length !== names.length)
      throw new TargetStatementError(`${names.length} questions had ${results.length} answers`, '42601');
    const answers: Partial<Record<Name, readonly ResultRow[]>> = {};
    for (const [at, name] of names.entries()) answers[name] = (results[at] ?? []) as readonly ResultRow[];
    return answers as Record<Name, readonly ResultRow[]>;
  }

  readonly queryAll: QueryAll = (statements) =>
    this.#inTurn(statements.join(';\n'), {}, () => queriesAtOnce(this.#session.client, AS_TEXT)(statements));

  async copyIn(
    destination: CopyDestination,
    body: AsyncIterable<Uint8Array>,
    options: StatementOptions & CopyInOptions = {},
  ): Promise<number> {
    const { schema, table: name, columns } = destination;
    const sql = copyInStatement({ schema, name, columns: [...columns] }, this.#encoding, options);
    return this.#inTurn(sql, options, () => copyRowsIn(this.#session.client, sql, body));
  }

  copyOut(query: string, options: StatementOptions = {}): Promise<ContentDigest> {
    const sql = copyOut(query, this.#encoding);
    return this.#inTurn(sql, options, () => digestRowsOut(this.#session.client, sql, options.onBytes));
  }

  /** Passes the data of `COPY (query) TO STDOUT` on. Each piece is valid until the next one is asked for. */
  readOut<T>(
    query: string,
    take: (pieces: AsyncIterable<Uint8Array>) => Promise<T>,
    encoding = this.#encoding,
  ): Promise<T> {
    const sql = copyOut(query, encoding);
    return this.#inTurn(sql, {}, () => take(new CopyOut(this.#session.client, sql)));
  }

  /**
   * Runs `work` between BEGIN and COMMIT. If it throws, everything is rolled back. Only one worker may use a
   * session, because other calls would run inside the transaction.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.execute('BEGIN');
    try {
      const result = await work();
      const { tag } = await this.execute('COMMIT');
      if (tag !== 'COMMIT') throw new TargetStatementError(`COMMIT was answered by ${tag}`, '25000');
      return result;
    } catch (error) {
      if (!this.#session.lost.aborted) await this.execute('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  /**
   * Waits until everything committed so far is on the server's disk: these sessions do not wait at each
   * COMMIT.
   */
  async makeDurable(): Promise<void> {
    await this.execute('SET synchronous_commit = on');
    await this.execute(`SELECT pg_catalog.pg_logical_emit_message(true, 'lifeboat', 'done')`);
  }

  /** Ends the session immediately, even during a COPY. The server may notice it only later. */
  abandon(): void {
    // pg's own end() waits for the running query, so the socket is destroyed.
    this.#connection.stream.destroy();
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (this.#session.lost.aborted) return;
    await this.#session.end().catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #connection(): Connection {
    return (this.#session.client as unknown as { connection: Connection }).connection;
  }

  async #query(sql: string): Promise<StatementResult> {
    const result = await this.#session.client.query<Record<string, string | null>>({
      text: sql,
      types: AS_TEXT,
    });
    if (Array.isArray(result)) {
      throw new TargetStatementError('several statements came where one was expected', '42601');
    }
    return { tag: this.#tag, rows: result.rows };
  }

  #inTurn<T>(sql: string, options: StatementOptions, call: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#answer(sql, options, call));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /**
   * Returns the answer. Throws the reason of the signal, or an error for a lost connection or a missed
   * deadline.
   */
  async #answer<T>(sql: string, { deadlineMs }: StatementOptions, call: () => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    const late =
      deadlineMs === undefined ? undefined : setTimeout(() => this.#giveUp(deadlineMs), deadlineMs);
    try {
      return await call();
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (this.#late) throw this.#late;
      throw targetError(error, sql, this.#settings);
    } finally {
      clearTimeout(late);
    }
  }

  #late: LifeboatError | undefined;

  #giveUp(deadlineMs: number): void {
    this.#late = new LifeboatError({
      code: 'target-not-answering',
      kind: 'target',
      what: `${this.display} did not answer within ${deadlineMs / 1000} seconds.`,
      meaning: 'The server hangs or is overloaded, or the statement waits for a lock.',
      remedy: 'Look at pg_stat_activity on the server, and try again.',
    });
    this.abandon();
  }
}
