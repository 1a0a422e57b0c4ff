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
const COPY_DONE = 'c'.charCodeAt(0);
const ERROR_RESPONSE = 'E'.charCodeAt(0);

/** A smaller table ends before gathering reads can help. */
const STREAM_BYTES = 1024 * 1024;

const gatherer = new ReadGatherer();

/**
 * One `COPY … TO STDOUT` of a connection, which begins at once, and its text in pieces. Each piece is a view
 * that is valid until the next one is asked for. While the caller uses one piece, the next is filled; further
 * rows stay with the server. The iteration ends with the statement, or throws the error that ended it. If the
 * caller stops earlier, the connection can no longer be used.
 *
 * It reads the socket itself, as libraries for COPY do, because pg would emit an event for each row. It hands
 * other messages to pg.
 */
export class CopyOut implements AsyncIterable<Received> {
  readonly #statement: string;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#fail(this.#signal?.reason);
  readonly #onData = (bytes: Received) => this.#receive(bytes);
  readonly #text = new CopyText();
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
  readonly #filled: Piece[] = [];
  #hasEnded = false;
  #failure: { readonly reason: unknown } | undefined;
  #awaited: (() => void) | undefined;
  #reportedRows: number | undefined;

  constructor(client: pg.Client, statement: string, signal?: AbortSignal) {
    this.#statement = statement;
    this.#signal = signal;
    if (signal?.aborted) this.#onAbort();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    client.query(this);
  }

  /** The number of rows that the server reports; undefined before it has reported it. */
  get reportedRows(): number | undefined {
    return this.#reportedRows;
  }

  /**
   * The digest of all pieces, after they were iterated to the end. Throws when the text ended within a row.
   */
  content(): ContentDigest {
    return contentOf(this.#text);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Received, void, undefined> {
    try {
      for (;;) {
        if (this.#failure) throw this.#failure.reason;
        const piece = this.#filled.shift();
        if (piece) {
          if (this.#filled.length === 0) gatherer.hasNoneLeft(this);
          this.#socket?.resume();
          yield piece.memory.subarray(0, piece.bytes);
          givePiece(piece);
        } else if (this.#hasEnded) {
          return;
        } else {
          await this.#more();
        }
      }
    } finally {
      gatherer.hasNoneLeft(this);
      this.#signal?.removeEventListener('abort', this.#onAbort);
      // The caller takes no more pieces. It must close the connection, which still delivers the rest.
      if (!this.#hasEnded) this.#fail(new Error('the reader has stopped'));
      // The piece that the caller had last may still be in use, so nobody else ever gets it.
      for (const piece of this.#filled.splice(0)) givePiece(piece);
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

  /** pg calls this with an error of the server or the connection. */
  handleError(error: unknown): void {
    this.#giveSocketBack();
    this.#fail(error);
    this.#endPiece();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const rows = /^COPY (\d+)$/.exec(text)?.[1];
    if (rows !== undefined) this.#reportedRows = Number(rows);
  }

  handleReadyForQuery(): void {
    this.#giveSocketBack();
    this.#endPiece();
    this.#hasEnded = true;
    this.#wake();
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
    const type = bytes.readUInt8(0);
    if (type === COPY_DONE || type === ERROR_RESPONSE) {
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
