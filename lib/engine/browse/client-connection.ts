import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { messageOf } from '../ground/errors.ts';
import {
  authenticationOk,
  backendKeyData,
  cleartextPasswordRequest,
  errorResponse,
  negotiateProtocolVersion,
  noticeResponse,
  parameterStatus,
  readyForQuery,
  type Saying,
} from '../wire/backend-messages.ts';
import {
  type FrontendMessage,
  FrontendReader,
  isCopyMessage,
  NotTheProtocolError,
} from '../wire/frontend-reader.ts';
import { readStartupPacket } from '../wire/startup-packet.ts';
import { BatchReader } from './session/batch.ts';
import type { ClientSession } from './session/client-session.ts';
import type { AnswerSink } from './session/held-answer.ts';
import type { SharedServer } from './session/shared-server.ts';
import { startupSettings } from './startup-settings.ts';

export interface ConnectionHost {
  readonly server: SharedServer;
  readonly password: string;
  /** Names of databases that a client may ask for; all mean the one backup. */
  readonly databases: readonly string[];
  /** Cancels what the session `processId` runs, if `key` is its key. */
  cancel(processId: number, key: number): void;
}

/** A client that has not finished its start-up by then is disconnected. */
const START_UP_MS = 30_000;

/** A refusal that ends the connection. */
class RefusedClient extends Error {
  readonly saying: Saying;
  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.saying = { severity: 'FATAL', code, message, ...(hint === undefined ? {} : { hint }) };
  }
}

/** One client, from its first packet to its end. */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #reader = new FrontendReader();
  #session: ClientSession | undefined;
  #arrived: (() => void) | undefined;
  #isGone = false;
  readonly #whenDrained: Array<() => void> = [];
  /** A request to cancel must name this key and the process id. */
  readonly key = randomInt(2 ** 31);

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on('data', (piece: Buffer) => {
      this.#reader.add(piece);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('drain', () => this.#drained());
    socket.on('close', () => {
      this.#isGone = true;
      this.#wake();
      this.#drained();
      // Nobody reads the answer any more, so the statement is cancelled.
      if (this.#session) host.server.cancel(this.#session);
    });
  }

  get session(): ClientSession | undefined {
    return this.#session;
  }

  /** Serves the client until it disconnects. Rejects only when the embedded server has failed. */
  async serve(): Promise<void> {
    try {
      this.#session = await this.#start();
      if (this.#session) await this.#serveBatches(this.#session);
    } catch (error) {
      if (error instanceof RefusedClient) this.#write(errorResponse(error.saying));
      else if (error instanceof NotTheProtocolError) this.#tellOfViolation(error);
      else {
        this.#write(errorResponse({ severity: 'FATAL', code: '57P02', message: messageOf(error) }));
        throw error;
      }
    } finally {
      this.#socket.end();
      if (this.#session) await this.#host.server.leave(this.#session);
    }
  }

  /** Tells only a client that was admitted. A browser or a port scanner could not use an answer. */
  #tellOfViolation({ message: text }: NotTheProtocolError): void {
    if (this.#session) this.#write(errorResponse({ severity: 'FATAL', code: '08P01', message: text }));
  }

  /** Ends the connection, because `lifeboat browse` ends. */
  close(): void {
    const saying: Saying = { severity: 'FATAL', code: '57P01', message: 'lifeboat browse has ended' };
    if (this.#session) this.#write(errorResponse(saying));
    this.#socket.end();
    this.#socket.destroySoon();
  }

  /** Undefined when the client wanted no session. */
  async #start(): Promise<ClientSession | undefined> {
    const deadline = setTimeout(() => this.#socket.destroy(), START_UP_MS);
    try {
      for (;;) {
        const bytes = await this.#next(() => this.#reader.takeStartupPacket());
        if (!bytes) return undefined;
        const packet = readStartupPacket(bytes);
        if (packet.kind === 'unknown') throw new NotTheProtocolError();
        if (packet.kind === 'cancel') {
          this.#host.cancel(packet.processId, packet.key);
          return undefined;
        }
        if (packet.kind === 'start') return await this.#admit(packet.parameters, packet.minorVersion);
        this.#write(Buffer.from('N'));
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  async #admit(
    parameters: ReadonlyMap<string, string>,
    minorVersion: number,
  ): Promise<ClientSession | undefined> {
    const { server, databases } = this.#host;
    const unknownOptions = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'));
    if (minorVersion > 0 || unknownOptions.length > 0) this.#write(negotiateProtocolVersion(unknownOptions));
    this.#write(cleartextPasswordRequest());
    const answer = await this.#next(() => this.#reader.takeMessage());
    if (!answer) return undefined;
    this.#checkPassword(answer);
    const database = parameters.get('database') ?? parameters.get('user') ?? '';
    if (!databases.includes(database)) {
      throw new RefusedClient(
        '3D000',
        `database "${database}" does not exist`,
        `This server has only the database ${databases[0]}.`,
      );
    }
    const session = await server.join(startupSettings(parameters));
    const reported = await server.parametersFor(session);
    this.#write(
      Buffer.concat([
        authenticationOk(),
        ...[...reported].map(([name, value]) => parameterStatus(name, value)),
        backendKeyData(session.id, this.key),
        readyForQuery('I'),
      ]),
    );
    return session;
  }

  #checkPassword({ type, bytes }: FrontendMessage): void {
    if (type !== 'p') throw new NotTheProtocolError();
    const hash = (password: Uint8Array) => createHash('sha256').update(password).digest();
    const given = bytes.subarray(5, bytes.length - 1);
    if (timingSafeEqual(hash(given), hash(Buffer.from(this.#host.password)))) return;
    throw new RefusedClient('28P01', 'the password is not the one that lifeboat browse printed');
  }

  async #serveBatches(session: ClientSession): Promise<void> {
    const batches = new BatchReader();
    const sink = this.#sink();
    for (;;) {
      const message = await this.#next(() => this.#reader.takeMessage());
      if (!message || message.type === 'X') return;
      if (message.type === 'p') throw new NotTheProtocolError('a password after the start-up');
      // Nothing can be copied into a backup, so no COPY waits for these messages.
      if (isCopyMessage(message)) continue;
      const batch = batches.add(message);
      if (batch) await this.#host.server.run(session, batch, sink);
    }
  }

  /** Waits until `take` returns something from the client; undefined when the client is gone. */
  async #next<T>(take: () => T | undefined): Promise<T | undefined> {
    for (;;) {
      const taken = take();
      if (taken !== undefined) return taken;
      if (this.#isGone) return undefined;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  #wake(): void {
    const arrived = this.#arrived;
    this.#arrived = undefined;
    arrived?.();
  }

  #sink(): AnswerSink {
    return {
      write: (bytes) => this.#write(bytes),
      onceDrained: (callback) => this.#onceDrained(callback),
      notice: (message) => this.#write(noticeResponse({ severity: 'NOTICE', code: '00000', message })),
    };
  }

  #write(bytes: Uint8Array): boolean {
    return this.#isGone || !this.#socket.writable || this.#socket.write(bytes);
  }

  /** Calls back once the socket has taken what was written, or has closed. */
  #onceDrained(callback: () => void): void {
    if (this.#isGone || !this.#socket.writableNeedDrain) callback();
    else this.#whenDrained.push(callback);
  }

  #drained(): void {
    for (const callback of this.#whenDrained.splice(0)) callback();
  }
}
