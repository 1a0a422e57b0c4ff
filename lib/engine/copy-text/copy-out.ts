import type { Socket } from 'node:net';
import type pg from 'pg';
import { CopySocket } from './copy-socket.ts';
import { CopyText, givePiece, type Piece, takePiece } from './copy-text.ts';
import { ReadGatherer } from './gather-reads.ts';
import { type ContentDigest, contentOf } from './row-digest.ts';

type Received = Buffer<ArrayBufferLike>;

/** Parts of pg that it does not declare: the socket that it reads from, and the query being sent. */
interface Connection {
  readonly stream: Socket;
  query(text: string): void;
}

/** A message's type and length (PostgreSQL manual, "Message Formats"). */
const HEADER_BYTES = 5;
const ERROR_RESPONSE = 'E'.charCodeAt(0);

/** A smaller table ends before gathering reads can help: the pause would only keep others waiting, pg_dump among them. */
const STREAM_BYTES = 1024 * 1024;

/** Copied rather than handed over in its piece. */
const SMALL_TEXT_BYTES = 32 * 1024;

const gatherer = new ReadGatherer();

/** Everything of one COPY has come. */
interface EndOfCopy {
  readonly text: CopyText;
  readonly reportedRows: number | undefined;
}

interface Failure {
  readonly reason: unknown;
}

/**
 * One `COPY … TO STDOUT` of a connection, which begins at once, and its text in pieces. Each piece is a view
 * that is valid until the next one is asked for. While the caller uses one piece, the next is filled; further
 * rows stay with the server. The iteration ends with the statement, or throws the error that ended it. If the
 * caller stops earlier, the connection can no longer be used.
 *
 * The statement may also be several, among them several COPYs: then {@link rows} gives the text of the next one each time, and
 * {@link end} waits for the end of all.
 *
 * It reads the socket itself, as libraries for COPY do, because pg would emit an event for each row. It hands
 * other messages to pg.
 */
export class CopyOut implements AsyncIterable<Received> {
  readonly #statement: string;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#fail(this.#signal?.reason);
  readonly #onData = (bytes: Received) => this.#receive(bytes);
  #text = new CopyText();
  #socket: Socket | undefined;
  #readByPg: (bytes: Received) => void = () => {};
  /** Lets pg read the socket again. */
  #givenBack: () => void = () => {};
  /** The bytes of an incomplete header. */
  #header: Received = Buffer.alloc(0);
  /** Bytes still to come of a message for pg. */
  #bytesForPg = 0;
  #receivedBytes = 0;
  #filling: Piece | undefined;
  readonly #filled: Array<Piece | EndOfCopy | Failure> = [];
  #endOfCopy: EndOfCopy | undefined;
  #hasEnded = false;
  #failure: Failure | undefined;
  #awaited: (() => void) | undefined;

  constructor(client: pg.Client, statement: string, signal?: AbortSignal) {
    this.#statement = statement;
    this.#signal = signal;
    if (signal?.aborted) this.#onAbort();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    client.query(this);
  }

  /** The number of rows that the server reports of the COPY that was read last; undefined before that was read to its end. */
  get reportedRows(): number | undefined {
    return this.#endOfCopy?.reportedRows;
  }

  /**
   * The digest of the COPY that was read last, to its end. Throws when the text ended within a row.
   */
  content(): ContentDigest {
    return contentOf(this.#endOfCopy?.text ?? this.#text);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Received, void, undefined> {
    yield* this.rows();
    await this.end();
  }

  /** The text of the next COPY of the statements. */
  async *rows(): AsyncGenerator<Received, void, undefined> {
    this.#endOfCopy = undefined;
    let isWhole = false;
    try {
      for (let filled = await this.#next(); filled; filled = await this.#next()) {
        if ('text' in filled) {
          this.#endOfCopy = filled;
          break;
        }
        yield filled.memory.subarray(0, filled.bytes);
        givePiece(filled);
      }
      isWhole = true;
    } finally {
      if (!isWhole) this.stop();
    }
  }

  /** Waits until the server has ended the last statement. */
  async end(): Promise<void> {
    try {
      while (await this.#next());
    } finally {
      this.stop();
    }
  }

  /** Gives up what has not come. Unless the last statement has ended, the connection can no longer be used. */
  stop(): void {
    gatherer.hasNoneLeft(this);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    // The caller takes no more pieces. It must close the connection, which still delivers the rest.
    if (!this.#hasEnded) this.#fail(new Error('the reader has stopped'));
    // The piece that the caller had last may still be in use, so nobody else ever gets it.
    for (const filled of this.#filled.splice(0)) if ('memory' in filled) givePiece(filled);
  }

  async #next(): Promise<Piece | EndOfCopy | undefined> {
    for (;;) {
      if (this.#failure) throw this.#failure.reason;
      const filled = this.#filled.shift();
      if (filled) {
        if (this.#filled.length === 0) gatherer.hasNoneLeft(this);
        this.#socket?.resume();
        if (!('reason' in filled)) return filled;
        this.#failure = filled;
        continue;
      }
      if (this.#hasEnded) return undefined;
      await this.#more();
    }
  }

  /** pg calls this when it is this query's turn. */
  submit(connection: pg.Connection): void {
    const { stream, query } = connection as unknown as Connection;
    const [readByPg, ...others] = stream.listeners('data') as Array<(bytes: Received) => void>;
    if (!readByPg || others.length > 0) throw new TypeError('another reader uses the connection');
    this.#socket = stream;
    // It keeps parts of what it gets, and this memory is used again.
    this.#readByPg = (bytes) => readByPg(Buffer.from(bytes));
    this.#givenBack = () => stream.on('data', readByPg);
    if (stream instanceof CopySocket) {
      stream.reader = this.#onData;
      this.#givenBack = () => {
        stream.reader = undefined;
      };
    } else {
      stream.on('data', this.#onData);
      stream.removeListener('data', readByPg);
    }
    query.call(connection, this.#statement);
  }

  /** pg calls this with an error of the server or the connection. It ends the COPY that runs, and not those that have come before. */
  handleError(error: unknown): void {
    this.#giveSocketBack();
    if (this.#filling) givePiece(this.#filling);
    this.#filling = undefined;
    this.#filled.push({ reason: error });
    this.#wake();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    if (!/^COPY\b/.test(text)) return;
    this.#endText();
    this.#receivedBytes = 0;
    const rows = /^COPY (\d+)$/.exec(text)?.[1];
    this.#filled.push({ text: this.#text, reportedRows: rows === undefined ? undefined : Number(rows) });
    this.#text = new CopyText();
    this.#wake();
  }

  handleReadyForQuery(): void {
    this.#giveSocketBack();
    this.#endPiece();
    this.#hasEnded = true;
    this.#wake();
  }

  /** Hands over what has come of a COPY. One read may bring many small ones: they get no piece each. */
  #endText(): void {
    const last = this.#filling;
    if (!last || last.bytes > SMALL_TEXT_BYTES) {
      this.#endPiece();
      return;
    }
    if (last.bytes > 0 && !this.#failure)
      this.#filled.push({ memory: Buffer.from(last.memory.subarray(0, last.bytes)), bytes: last.bytes });
    last.bytes = 0;
  }

  #endPiece(): void {
    const last = this.#filling;
    this.#filling = undefined;
    if (last && last.bytes > 0 && !this.#failure) this.#filled.push(last);
    else if (last) givePiece(last);
  }

  #receive(received: Received): void {
    this.#receivedBytes += received.length;
    if (this.#receivedBytes > STREAM_BYTES) gatherer.took(received.length);
    let bytes = received;
    if (this.#header.length > 0) {
      const missing = HEADER_BYTES - this.#header.length;
      const header = Buffer.concat([this.#header, received.subarray(0, missing)]);
      bytes = received.subarray(missing);
      this.#header = Buffer.alloc(0);
      this.#takeAll(header);
    }
    this.#takeAll(bytes);
  }

  #takeAll(received: Received): void {
    let bytes = received;
    while (bytes.length > 0 && this.#socket) bytes = bytes.subarray(this.#take(bytes));
    // The COPY ended before these bytes.
    if (bytes.length > 0) this.#readByPg(bytes);
  }

  /** Reads some of these bytes, and returns how many of them are finished. */
  #take(bytes: Received): number {
    if (this.#bytesForPg > 0) {
      const some = bytes.subarray(0, this.#bytesForPg);
      this.#bytesForPg -= some.length;
      this.#readByPg(some);
      return some.length;
    }
    const taken = this.#unframe(bytes);
    if (taken === undefined) return bytes.length;
    if (taken > 0) return taken;
    if (bytes.length < HEADER_BYTES) {
      this.#header = Buffer.from(bytes);
      return bytes.length;
    }
    if (bytes.readUInt8(0) === ERROR_RESPONSE) {
      this.#giveSocketBack();
      return 0;
    }
    this.#bytesForPg = 1 + bytes.readUInt32BE(1);
    return 0;
  }

  /**
   * Takes rows out of these bytes. After an invalid message the start of the next one is unknown: the
   * connection ends, and pg reports it.
   */
  #unframe(bytes: Received): number | undefined {
    const piece = this.#filling ?? takePiece();
    this.#filling = piece;
    try {
      const taken = this.#text.unframeInto(bytes, piece);
      // Nobody will read it.
      if (this.#failure) piece.bytes = 0;
      // Less than the shortest header that can follow: then nothing would be taken.
      else if (piece.memory.length - piece.bytes < HEADER_BYTES) this.#handOver(piece);
      return taken;
    } catch (cause) {
      this.#socket?.destroy(new Error('The server sent a message shorter than its own header', { cause }));
      return undefined;
    }
  }

  /** Hands a piece over. If nobody waits for it, the socket pauses, and so the server waits. */
  #handOver(piece: Piece): void {
    this.#filled.push(piece);
    this.#filling = undefined;
    if (this.#wake()) return;
    gatherer.hasRowsLeft(this);
    this.#socket?.pause();
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awaited = resolve;
    this.#socket?.resume();
    await promise;
  }

  /** Wakes the reader, and returns whether it was waiting. */
  #wake(): boolean {
    const wake = this.#awaited;
    this.#awaited = undefined;
    wake?.();
    return wake !== undefined;
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#socket?.pause();
    this.#wake();
  }

  #giveSocketBack(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    socket.removeListener('data', this.#onData);
    this.#givenBack();
    socket.resume();
  }
}
