import type { RefusedObject, ResultRow } from '../target.ts';

/** The server's answer to one simple query, without COPY data. */
export interface Answer {
  /** One tag for each completed statement. A dead instance completes none. */
  readonly tags: readonly string[];
  /**
   * Undefined for a statement without a result: the tag cannot tell, as CREATE TABLE AS is tagged SELECT as
   * well.
   */
  readonly rows: readonly ResultRow[] | undefined;
  readonly error: ServerError | undefined;
  /** Whether the server reported that it is ready for the next query. */
  readonly ready: boolean;
}

export interface ServerError {
  readonly severity: string;
  readonly sqlState: string;
  readonly message: string;
  readonly refused: RefusedObject;
}

const HEADER_BYTES = 5;
/** Message types, PostgreSQL manual, "Message Formats". */
const COPY_DATA = 0x64; // d
const ROW_DESCRIPTION = 0x54; // T
const DATA_ROW = 0x44; // D
const COMMAND_COMPLETE = 0x43; // C
const ERROR_RESPONSE = 0x45; // E
const READY_FOR_QUERY = 0x5a; // Z

/**
 * Reads a server's messages from pieces that may be cut anywhere. COPY data is passed on immediately and
 * never gathered, so tables of any size can be streamed. The pieces are views of the caller's memory, and
 * valid during the call only.
 */
export class AnswerReader {
  readonly #onCopyData: (piece: Uint8Array) => void;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  /** The type of the message that is being read. */
  #type = 0;
  #missingBytes = 0;
  #body: Buffer[] = [];

  readonly #tags: string[] = [];
  readonly #rows: ResultRow[] = [];
  #columns: readonly string[] | undefined;
  #error: ServerError | undefined;
  #ready = false;

  constructor(onCopyData: (piece: Uint8Array) => void = () => {}) {
    this.#onCopyData = onCopyData;
  }

  read(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#missingBytes === 0) {
        at += this.#readHeader(bytes, at);
        if (this.#headerBytes < HEADER_BYTES) return;
        this.#headerBytes = 0;
        this.#type = this.#header.readUInt8(0);
        this.#missingBytes = this.#header.readInt32BE(1) - 4;
      }
      const end = Math.min(bytes.length, at + this.#missingBytes);
      this.#readBody(bytes.subarray(at, end));
      this.#missingBytes -= end - at;
      at = end;
      if (this.#missingBytes === 0) this.#finishMessage();
    }
  }

  answer(): Answer {
    const rows = this.#columns && this.#rows;
    return { tags: this.#tags, rows, error: this.#error, ready: this.#ready };
  }

  #readHeader(bytes: Uint8Array, at: number): number {
    const taken = bytes.subarray(at, at + HEADER_BYTES - this.#headerBytes);
    this.#header.set(taken, this.#headerBytes);
    this.#headerBytes += taken.length;
    return taken.length;
  }

  #readBody(piece: Uint8Array): void {
    if (piece.length === 0) return;
    if (this.#type === COPY_DATA) this.#onCopyData(piece);
    else this.#body.push(Buffer.from(piece));
  }

  #finishMessage(): void {
    if (this.#type === COPY_DATA) return;
    const body = Buffer.concat(this.#body);
    this.#body = [];
    if (this.#type === ROW_DESCRIPTION) this.#columns = parseColumnNames(body);
    else if (this.#type === DATA_ROW) this.#rows.push(parseRow(body, this.#columns ?? []));
    else if (this.#type === COMMAND_COMPLETE) this.#tags.push(body.toString('utf8', 0, body.length - 1));
    else if (this.#type === ERROR_RESPONSE) this.#error ??= parseError(body);
    else if (this.#type === READY_FOR_QUERY) this.#ready = true;
  }
}

/** Encodes a simple query (message `Q`). */
export function simpleQuery(sql: string): Buffer {
  const text = Buffer.from(sql);
  if (text.includes(0)) throw new TypeError('a statement cannot contain a NUL character');
  const message = Buffer.alloc(HEADER_BYTES + text.length + 1);
  message.write('Q', 0, 'latin1');
  message.writeInt32BE(message.length - 1, 1);
  text.copy(message, HEADER_BYTES);
  return message;
}

/** The bytes after each column's name: table, number, type, length, modifier and format. */
const COLUMN_ATTRIBUTES_BYTES = 18;

function parseColumnNames(body: Buffer): string[] {
  const names: string[] = [];
  let at = 2;
  for (let left = body.readInt16BE(0); left > 0; left -= 1) {
    const end = body.indexOf(0, at);
    names.push(body.toString('utf8', at, end));
    at = end + 1 + COLUMN_ATTRIBUTES_BYTES;
  }
  return names;
}

function parseRow(body: Buffer, columns: readonly string[]): ResultRow {
  let at = 2;
  const values = columns.map((column): [string, string | null] => {
    const length = body.readInt32BE(at);
    const start = at + 4;
    at = start + Math.max(length, 0);
    return [column, length === -1 ? null : body.toString('utf8', start, at)];
  });
  return Object.fromEntries(values);
}

/** Reads an error's fields by their letters: PostgreSQL manual, "Error and Notice Message Fields". */
function parseError(body: Buffer): ServerError {
  const fields = new Map<string, string>();
  for (let at = 0; at < body.length && body.readUInt8(at) !== 0; ) {
    const end = body.indexOf(0, at);
    fields.set(body.toString('latin1', at, at + 1), body.toString('utf8', at + 1, end));
    at = end + 1;
  }
  const named = (letter: string, key: keyof RefusedObject): RefusedObject => {
    const value = fields.get(letter);
    return value === undefined ? {} : { [key]: value };
  };
  return {
    severity: fields.get('V') ?? 'ERROR',
    sqlState: fields.get('C') ?? 'XX000',
    message: fields.get('M') ?? 'no message',
    refused: {
      ...named('s', 'schema'),
      ...named('t', 'table'),
      ...named('c', 'column'),
      ...named('d', 'dataType'),
      ...named('n', 'constraint'),
    },
  };
}
