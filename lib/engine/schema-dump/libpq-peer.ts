import {
  authenticationOk,
  backendKeyData,
  commandComplete,
  dataRow,
  parameterStatus,
  readyForQuery,
  rowDescription,
} from '../wire/backend-messages.ts';
import { MessageStream } from '../wire/message-stream.ts';

const SSL_REQUEST = 80877103;
const GSS_ENCRYPTION_REQUEST = 80877104;

/**
 * Statements about the transaction and its time-outs. The transaction belongs to the coordinator, so they are
 * not sent, and pg_dump is told that they succeeded. It would turn off the time-outs that end the session of
 * a sleeping client.
 */
const TRANSACTION_STATEMENT =
  /^(?:BEGIN|COMMIT|SET TRANSACTION [A-Z ,]+|SET (?:idle_in_transaction_session|transaction)_timeout = 0);?$/;

/**
 * The query of pg_dump for the state of one sequence, if the server is older than 18 (pg_dump.c,
 * dumpSequenceData). The answer goes into an entry of the section `data`.
 */
const STATE_OF_SEQUENCE =
  /^SELECT last_value, is_called FROM (?:"(?:[^"]|"")+"|[a-z_][a-z0-9_]*)\.(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_]*)$/;

const ANY_STATE = Buffer.concat([
  rowDescription([
    { name: 'last_value', typeOid: 20 },
    { name: 'is_called', typeOid: 16 },
  ]),
  dataRow(['1', 'f']),
  commandComplete('SELECT 1'),
  readyForQuery('T'),
]);

export interface LibpqPeerOptions {
  /** Whether pg_dump writes no section `data`, so that nothing in it needs to be true. @default false */
  readonly writesNoData?: boolean | undefined;
}

/**
 * Acts as the server for pg_dump's libpq. It answers the start-up, the statements about the transaction and
 * those whose answer is never written, and forwards every other message to the real server. Libpq may write a message in several pieces, which are
 * forwarded as one.
 */
export class LibpqPeer {
  readonly #parameters: ReadonlyMap<string, string>;
  readonly #forward: (message: Uint8Array) => Uint8Array;
  readonly #writesNoData: boolean;
  #started = false;
  #pending: Uint8Array = new Uint8Array(0);
  #pieces: Uint8Array[] = [];
  readonly #messages = new MessageStream();

  /** `forward` sends one message to the server and returns its whole answer. */
  constructor(
    parameters: ReadonlyMap<string, string>,
    forward: (message: Uint8Array) => Uint8Array,
    { writesNoData = false }: LibpqPeerOptions = {},
  ) {
    this.#parameters = parameters;
    this.#forward = forward;
    this.#writesNoData = writesNoData;
  }

  /** Takes the bytes that libpq writes, in pieces of any size. Returns the bytes that libpq can read next. */
  receive(bytes: Uint8Array): Uint8Array {
    // The piece is in pg_dump's memory, and is not valid after this call.
    const piece = Uint8Array.from(bytes);
    return this.#started ? this.#receiveMessages(piece) : this.#receiveStartup(piece);
  }

  /**
   * Handles packets without a type byte: requests for encryption, which are declined, and the start-up
   * message.
   */
  #receiveStartup(piece: Uint8Array): Uint8Array {
    this.#pending = Buffer.concat([this.#pending, piece]);
    const answers: Uint8Array[] = [];
    while (!this.#started && this.#pending.length >= 8) {
      const view = new DataView(this.#pending.buffer, this.#pending.byteOffset);
      const length = view.getInt32(0);
      if (this.#pending.length < length) break;
      const code = view.getInt32(4);
      this.#pending = this.#pending.subarray(length);
      if (code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST) {
        answers.push(Buffer.from('N'));
      } else {
        this.#started = true;
        answers.push(this.#welcome());
      }
    }
    if (this.#started && this.#pending.length > 0) answers.push(this.#receiveMessages(this.#pending));
    return Buffer.concat(answers);
  }

  #welcome(): Uint8Array {
    return Buffer.concat([
      authenticationOk(),
      ...[...this.#parameters].map(([name, value]) => parameterStatus(name, value)),
      backendKeyData(),
      readyForQuery('T'),
    ]);
  }

  #receiveMessages(piece: Uint8Array): Uint8Array {
    const answers: Uint8Array[] = [];
    let from = 0;
    this.#messages.read(piece, (type, end) => {
      const whole = Buffer.concat([...this.#pieces, piece.subarray(from, end)]);
      this.#pieces = [];
      from = end;
      answers.push(this.#answer(type, whole));
    });
    if (from < piece.length) this.#pieces.push(piece.subarray(from));
    const [only] = answers;
    return answers.length === 1 && only ? only : Buffer.concat(answers);
  }

  #answer(type: string, message: Buffer): Uint8Array {
    // Terminate is ignored: pg_dump must not end the connection.
    if (type === 'X') return new Uint8Array(0);
    if (type !== 'Q')
      throw new Error(`pg_dump sent a message of type ${type}, which this adapter does not know`);
    const query = message.toString('latin1', 5, message.length - 1);
    if (this.#writesNoData && STATE_OF_SEQUENCE.test(query)) return ANY_STATE;
    if (!TRANSACTION_STATEMENT.test(query)) return this.#forward(message);
    const tag = query.startsWith('SET') ? 'SET' : query.replace(';', '');
    return Buffer.concat([commandComplete(tag), readyForQuery('T')]);
  }
}
