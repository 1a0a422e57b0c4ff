import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { messageOf } from '../ground/errors.ts';
import { MessageStream } from '../wire/message-stream.ts';
import { cameFromServer, connectionLost } from './answer-in-time.ts';

/**
 * Sends protocol bytes through a `pg` client and gives back the server's answer byte for byte. Each exchange is one
 * entry of the client's own queue, so that other queries of the same session may come between two exchanges. The
 * listener stays attached in between: a message that the server sends on its own, cut by the network, is not half lost.
 */
export class RawChannel {
  readonly #client: pg.Client;
  readonly #messages = new MessageStream();
  #stream: Duplex | undefined;
  #current: RawExchange | undefined;
  /** Begin at the next message: the exchange was sent in the middle of one that is none of its own. */
  #skipsMessage = false;
  /** What the server said when it ended the session between two exchanges. */
  #farewell: string | undefined;

  constructor(client: pg.Client) {
    this.#client = client;
    client.on('error', this.#onError);
  }

  /**
   * Resolves to everything from the first message after sending to the ReadyForQuery that ends the answer, errors of the
   * server included. Rejects with `source-connection-lost` as soon as the connection is gone. One at a time.
   */
  async exchange(request: Uint8Array): Promise<Uint8Array> {
    if (this.#current) throw new Error('an exchange is under way already');
    const exchange = new RawExchange(request, (connection) => this.#begin(connection.stream));
    this.#current = exchange;
    try {
      this.#client.query(exchange);
      return await exchange.answer;
    } catch (reason) {
      throw connectionLost(exchange.lastWords ?? this.#farewell ?? messageOf(reason), reason);
    } finally {
      this.#current = undefined;
    }
  }

  /** Leaves the connection as it was found. An exchange under way is rejected with `reason`. */
  close(reason: unknown): void {
    this.#stream?.off('data', this.#onData);
    this.#stream?.off('close', this.#onClose);
    this.#client.off('error', this.#onError);
    this.#current?.fail(reason);
  }

  #begin(stream: Duplex): void {
    if (!this.#stream) {
      this.#stream = stream;
      // Before pg's own listener: at its ReadyForQuery all bytes up to there must have been seen.
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

/** What `pg` calls a Submittable: an entry of its queue that sends and receives by itself. */
class RawExchange implements pg.Submittable {
  readonly #request: Uint8Array;
  readonly #onSubmit: (connection: pg.Connection) => void;
  readonly #pieces: Uint8Array[] = [];
  readonly #settled = Promise.withResolvers<Uint8Array>();
  sent = false;
  /** The server's last error: when it ends the session, it says why. */
  lastWords: string | undefined;
  /** `pg` wraps this to clear its timer when the client has a `query_timeout`. */
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

  /** Copies: pg's parser goes on to use the socket's buffer as its own scratch space, and overwrites it. */
  receive(piece: Uint8Array): void {
    this.#pieces.push(Uint8Array.from(piece));
  }

  complete(): void {
    // In a buffer of its own, for it is handed over to another thread.
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

  /** Called for the server's ErrorResponse, which is part of the answer, and for the end of the connection, which is not. */
  handleError(error: unknown): void {
    if (cameFromServer(error)) this.lastWords = messageOf(error);
    else this.fail(error);
  }

  handleCopyInResponse(connection: pg.Connection & { sendCopyFail(reason: string): void }): void {
    connection.sendCopyFail('no data comes from here');
  }

  // The answer is taken from the socket; what pg parsed of it is not needed.
  handleReadyForQuery(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}
}
