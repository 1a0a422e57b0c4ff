import type { ContentDigest } from '../../copy-text/row-digest.ts';
import { runCanaries } from '../canary.ts';
import type { CopyDestination, StatementOptions, StatementResult, Target } from '../target.ts';
import { TargetStatementError } from '../target.ts';
import type { ServerError } from './answer-reader.ts';
import { AnswerWindow } from './answer-window.ts';
import { copyInTransaction } from './copy-in-session.ts';
import type { DataDirectory } from './data-directory.ts';
import { Lives } from './lives.ts';
import type { WorkerReply, WorkerRequest } from './worker-protocol.ts';
import type { RequestOptions, WorkerSession } from './worker-session.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

export interface EmbeddedTargetParts {
  readonly session: WorkerSession;
  /** Starts a new thread on the same files. */
  readonly startAgain: () => Promise<WorkerSession>;
  readonly directory: DataDirectory;
  readonly serverMajor: number;
  readonly supportedExtensions: readonly string[];
  readonly defaultOrderIsExact: boolean;
  readonly deadlineMs: number;
  /** Whether the target may restart after the server died: see Target.revive. */
  readonly revives: boolean;
  /** Whether long values of large tables may be stored uncompressed: see as-they-came.ts. */
  readonly hasRoomToSpare: boolean;
}

/**
 * An embedded PostgreSQL that has booted: see open-embedded-target.ts. Concurrent calls run one after
 * another.
 */
export class EmbeddedTarget implements Target, AsyncDisposable {
  readonly kind = 'embedded';
  readonly serverMajor: number;
  /** The wanted extensions that CREATE EXTENSION finds. */
  readonly supportedExtensions: readonly string[];
  /** Whether text in the default collation sorts exactly as at the source whose locale was given. */
  readonly defaultOrderIsExact: boolean;
  #session: WorkerSession;
  readonly #startAgain: () => Promise<WorkerSession>;
  readonly #directory: DataDirectory;
  readonly #wal: WriteAheadLog;
  readonly #deadlineMs: number;
  readonly #lives: Lives | undefined;
  readonly #hasRoomToSpare: boolean;
  /** Settles when the latest call has settled. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: EmbeddedTargetParts) {
    this.#session = parts.session;
    this.#startAgain = parts.startAgain;
    this.#directory = parts.directory;
    this.#wal = new WriteAheadLog(parts.directory.path);
    this.#deadlineMs = parts.deadlineMs;
    this.#lives = parts.revives ? new Lives() : undefined;
    this.#hasRoomToSpare = parts.hasRoomToSpare;
    this.serverMajor = parts.serverMajor;
    this.supportedExtensions = parts.supportedExtensions;
    this.defaultOrderIsExact = parts.defaultOrderIsExact;
  }

  execute(sql: string, options?: StatementOptions): Promise<StatementResult> {
    return this.#inTurn(() => this.#execute(sql, options));
  }

  copyIn(
    destination: CopyDestination,
    body: AsyncIterable<Uint8Array>,
    options?: StatementOptions,
  ): Promise<number> {
    return this.#inTurn(() =>
      copyInTransaction(destination, body, {
        execute: (sql) => this.#execute(sql, options),
        copyBlob: (sql, blob) => this.#copyBlob(sql, blob, options),
        hasEnded: () => this.#session.ended,
        hasRoomToSpare: this.#hasRoomToSpare,
      }),
    );
  }

  copyOut(query: string, options?: StatementOptions): Promise<ContentDigest> {
    return this.#inTurn(async () => {
      const sql = `COPY (${query}) TO STDOUT (ENCODING 'UTF8')`;
      const request = { kind: 'copy-out', sql } as const;
      const { content } = await this.#ask(request, 'copied-out', this.#within(options));
      return content;
    });
  }

  /** Runs queries with known answers. Must be called before and after a comparison: see ../canary.ts. */
  canary(): Promise<void> {
    return runCanaries(this);
  }

  /**
   * Passes a client's messages to the server, and its answer, cut anywhere, to `onPiece`. `onPiece` must
   * release each piece from the window once it is done, or the server waits. There is no deadline, because a
   * client may read slowly.
   */
  async converse(
    messages: Uint8Array,
    onPiece: (piece: Uint8Array, window: AnswerWindow) => void,
  ): Promise<void> {
    await this.#inTurn(() => {
      const window = new AnswerWindow();
      const request = { kind: 'converse', messages, window: window.memory } as const;
      return this.#ask(request, 'conversed', {
        deadlineMs: 0,
        onPiece: (piece) => onPiece(piece, window),
      });
    });
  }

  /**
   * Makes the session act as a role (an OID) from now on. A confined session cannot become another role. Must
   * be called between two transactions: see EmbeddedServer.actAs().
   */
  async actAs(role: number, { confined }: { readonly confined: boolean }): Promise<void> {
    await this.#inTurn(() => this.#ask({ kind: 'act-as', role, confined }, 'acting', this.#within()));
  }

  /**
   * Terminates the thread, whatever it is doing, and starts a new one on the same files. Data up to the last
   * CHECKPOINT is kept, and so are later commits, because the operating system has their WAL. The session is
   * new and has no settings.
   */
  async restart(): Promise<void> {
    await this.#session.terminate();
    // All calls that waited for the thread have failed.
    await this.#last;
    this.#session = await this.#startAgain();
  }

  async revive(error: unknown): Promise<string | undefined> {
    const cause = this.#lives?.spend(error);
    if (this.#lives === undefined || cause === undefined) return undefined;
    await this.restart();
    for (const setting of this.#lives.settings) await this.execute(setting);
    return cause;
  }

  /** Terminates the thread, whatever it is doing, and removes the files. */
  async close(): Promise<void> {
    await this.#session.terminate();
    await this.#directory.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(call);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #execute(sql: string, options?: StatementOptions): Promise<StatementResult> {
    const { tag, rows } = await this.#ask({ kind: 'execute', sql }, 'executed', this.#within(options));
    if (tag === 'SET') this.#lives?.remember(sql);
    await this.#checkpoint(false);
    return { tag, rows };
  }

  async #copyBlob(sql: string, blob: Uint8Array<ArrayBuffer>, options?: StatementOptions) {
    const { sent, taken } = await this.#ask({ kind: 'copy-in', sql, blob }, 'copied-in', {
      ...this.#within(options),
      transfer: [blob.buffer],
    });
    await this.#checkpoint(true);
    return { sent, taken };
  }

  async #ask<Kind extends WorkerReply['kind']>(
    request: WorkerRequest,
    expected: Kind,
    options: RequestOptions,
  ): Promise<Extract<WorkerReply, { kind: Kind }>> {
    const reply: WorkerReply = await this.#session.request(request, options);
    if (isReply(reply, expected)) return reply;
    if (reply.kind === 'refused') throw refusal(reply.error, request.kind !== 'execute');
    throw new TypeError(`a worker answered ${reply.kind} to ${request.kind}`);
  }

  async #checkpoint(bulk: boolean): Promise<void> {
    if (await this.#wal.needsCheckpoint(bulk))
      await this.#ask({ kind: 'execute', sql: 'CHECKPOINT' }, 'executed', this.#within());
  }

  #within(options?: StatementOptions): RequestOptions {
    return { deadlineMs: options?.deadlineMs ?? this.#deadlineMs };
  }
}

function isReply<Kind extends WorkerReply['kind']>(
  reply: WorkerReply,
  kind: Kind,
): reply is Extract<WorkerReply, { kind: Kind }> {
  return reply.kind === kind;
}

/**
 * Hides messages of data exceptions (class 22) while rows move, because they quote a value. Column and
 * SQLSTATE remain.
 */
function refusal({ message, sqlState, refused }: ServerError, rowsMove: boolean): TargetStatementError {
  const quotesValue = rowsMove && sqlState.startsWith('22');
  return new TargetStatementError(
    quotesValue ? `a value was refused (SQLSTATE ${sqlState})` : message,
    sqlState,
    refused,
  );
}
