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
  /** Starts another thread on the same files. */
  readonly startAgain: () => Promise<WorkerSession>;
  readonly directory: DataDirectory;
  readonly serverMajor: number;
  readonly supportedExtensions: readonly string[];
  readonly defaultOrderIsExact: boolean;
  readonly deadlineMs: number;
  /** Whether it may go on after a death: see Target.revive. */
  readonly revives: boolean;
}

/** An embedded PostgreSQL that has booted: see ../embedded.ts. Calls that are made at once take their turns. */
export class EmbeddedTarget implements Target, AsyncDisposable {
  readonly kind = 'embedded';
  readonly serverMajor: number;
  /** Those of the wanted extensions that CREATE EXTENSION finds. */
  readonly supportedExtensions: readonly string[];
  /** Whether text without a collation of its own sorts exactly as at the source whose locale was given. */
  readonly defaultOrderIsExact: boolean;
  #session: WorkerSession;
  readonly #startAgain: () => Promise<WorkerSession>;
  readonly #directory: DataDirectory;
  readonly #wal: WriteAheadLog;
  readonly #deadlineMs: number;
  readonly #lives: Lives | undefined;
  /** Settles when the last call that was made so far has. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: EmbeddedTargetParts) {
    this.#session = parts.session;
    this.#startAgain = parts.startAgain;
    this.#directory = parts.directory;
    this.#wal = new WriteAheadLog(parts.directory.path);
    this.#deadlineMs = parts.deadlineMs;
    this.#lives = parts.revives ? new Lives() : undefined;
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

  /** Asks what everybody knows; to be called before and after a comparison. See ../canary.ts. */
  canary(): Promise<void> {
    return runCanaries(this);
  }

  /**
   * Hands messages of a client to the server, and its answer, cut anywhere, to `onPiece`, which has to release each piece
   * from the window once it is out of the way, or the server waits. There is no deadline: reading takes a client's time.
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

  /** Who acts from now on, by a role's OID, and whether it can become another; between two transactions. See embedded-server.ts. */
  async actAs(role: number, { confined }: { readonly confined: boolean }): Promise<void> {
    await this.#inTurn(() => this.#ask({ kind: 'act-as', role, confined }, 'acting', this.#within()));
  }

  /**
   * Ends the thread, whatever it is doing, and starts another one on the same files: what was there at the last CHECKPOINT
   * is there, and what was committed since, for the operating system has its WAL. The session is a new one, without any settings.
   */
  async restart(): Promise<void> {
    await this.#session.terminate();
    // What waited for the thread has failed with it.
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

  /** Ends the thread, whatever it is doing, and removes the files. */
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

/** Where rows move, data exceptions (class 22) quote a value of one; the column and the SQLSTATE have to be enough. */
function refusal({ message, sqlState, refused }: ServerError, rowsMove: boolean): TargetStatementError {
  const quotesValue = rowsMove && sqlState.startsWith('22');
  return new TargetStatementError(
    quotesValue ? `a value was refused (SQLSTATE ${sqlState})` : message,
    sqlState,
    refused,
  );
}
