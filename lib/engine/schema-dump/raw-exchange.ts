import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { messageOf } from '../ground/errors.ts';
import { sqlState } from '../snapshot/lock-relations.ts';
import { MessageStream } from '../wire/message-stream.ts';
import { cameFromServer, connectionLost } from './answer-in-time.ts';

/**
 * Sends protocol bytes through a `pg` client and returns the server's answer byte for byte. Each exchange is
 * one entry of the client's own queue, so other queries of the session may run between two exchanges. The
 * listener stays attached in between, so that an asynchronous message of the server that arrives in pieces is
 * never half lost.
 */
export class RawChannel {
  readonly #client: pg.Client;
  readonly #messages = new MessageStream();
  #stream: Duplex | undefined;
  #current: RawExchange | undefined;
  /**
   * Skip to the next message: the exchange was sent in the middle of a message that does not belong to it.
   */
  #skipsMessage = false;
  /** The server's message when it ended the session between two exchanges. */
  #farewell: string | undefined;
  #closed: { readonly reason: unknown } | undefined;
  /** The SQLSTATE of the server's last error in an answer. */
  sqlState: string | undefined;

  constructor(client: pg.Client) {
    this.#client = client;
    client.on('error', this.#onError);
  }

  /**
   * Resolves to all bytes from the first message after sending up to the ReadyForQuery that ends the answer,
   * including errors of the server. Rejects with `source-connection-lost` as soon as the connection is lost.
   * Only one exchange can run at a time.
   */
  async exchange(request: Uint8Array): Promise<Uint8Array> {
    if (this.#current) throw new Error('an exchange is under way already');
    // What pg_dump waited for may be there only when it was given up.
    if (this.#closed) throw this.#closed.reason;
    const exchange = new RawExchange(request, (connection) => this.#begin(connection.stream));
    this.#current = exchange;
    try {
      this.#client.query(exchange);
      const answer = await exchange.answer;
      this.sqlState = exchange.sqlState ?? this.sqlState;
      return answer;
    } catch (reason) {
      throw connectionLost(exchange.lastWords ?? this.#farewell ?? messageOf(reason), reason);
    } finally {
      this.#current = undefined;
    }
  }

  /** Restores the connection's listeners. A running exchange, and every further one, is rejected with `reason`. */
  close(reason: unknown): void {
    this.#closed = { reason };
    this.#stream?.off('data', this.#onData);
    this.#stream?.off('close', this.#onClose);
    this.#client.off('error', this.#onError);
    this.#current?.fail(reason);
  }

  #begin(stream: Duplex): void {
    if (!this.#stream) {
      this.#stream = stream;
      // Comes before pg's own listener: all bytes must have been seen when pg handles ReadyForQuery.
      stream.prependListener('data', this.#onData);
      stream.on('close', this.#onClose);
    }
    this.#skipsMessage = !this.#messages.atBoundary;
  }

  readonly #onData = (piece: Buffer): void => {
    const exchange = this.#current?.sent ? this.#current : undefined;
    let from = 0;
    let done = exchange === undefined;
    this.#messages.read(piece, (type, end) => {
      if (this.#skipsMessage) {
        this.#skipsMessage = false;
        from = end;
      } else if (!done && type === 'Z') {
        done = true;
        exchange?.receive(piece.subarray(from, end));
        exchange?.complete();
      }
    });
    if (!done && !this.#skipsMessage) exchange?.receive(piece.subarray(from));
  };

  readonly #onClose = (): void => {
    this.#current?.fail(new Error('connection closed'));
  };

  readonly #onError = (error: Error): void => {
    this.#farewell ??= error.message;
  };
}

/** A Submittable, in `pg`'s terms: an entry of its queue that sends and receives by itself. */
class RawExchange implements pg.Submittable {
  readonly #request: Uint8Array;
  readonly #onSubmit: (connection: pg.Connection) => void;
  readonly #pieces: Uint8Array[] = [];
  readonly #settled = Promise.withResolvers<Uint8Array>();
  sent = false;
  /** The server's last error. If the server ends the session, this error says why. */
  lastWords: string | undefined;
  sqlState: string | undefined;
  /** `pg` wraps this callback to clear its timer if the client has a `query_timeout`. */
  callback: (() => void) | undefined;

  constructor(request: Uint8Array, onSubmit: (connection: pg.Connection) => void) {
    this.#request = request;
    this.#onSubmit = onSubmit;
  }

  get answer(): Promise<Uint8Array> {
    return this.#settled.promise;
  }

  submit(connection: pg.Connection): void {
    this.#onSubmit(connection);
    this.sent = true;
    connection.stream.write(this.#request);
  }

  /** Copies the piece, because pg's parser reuses the socket's buffer and overwrites it. */
  receive(piece: Uint8Array): void {
    this.#pieces.push(Uint8Array.from(piece));
  }

  complete(): void {
    // The answer needs its own buffer, because it is transferred to another thread.
    const size = this.#pieces.reduce((total, piece) => total + piece.length, 0);
    const answer = new Uint8Array(size);
    let at = 0;
    for (const piece of this.#pieces) {
      answer.set(piece, at);
      at += piece.length;
    }
    this.#settled.resolve(answer);
    this.callback?.();
  }

  fail(reason: unknown): void {
    this.#settled.reject(reason);
    this.callback?.();
  }

  /**
   * Called for the server's ErrorResponse, which belongs to the answer, and for a lost connection, which does
   * not.
   */
  handleError(error: unknown): void {
    if (cameFromServer(error)) {
      this.lastWords = messageOf(error);
      this.sqlState = sqlState(error);
    } else {
      this.fail(error);
    }
  }

  handleCopyInResponse(connection: pg.Connection & { sendCopyFail(reason: string): void }): void {
    connection.sendCopyFail('no data comes from here');
  }

  // The answer is taken from the socket. The messages that pg parsed are not needed.
  handleReadyForQuery(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}
}
