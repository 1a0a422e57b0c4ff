import xxhash from 'xxhash-wasm';
import { fieldAt, fieldBorders } from '../copy-text/copy-fields.ts';

/** One row as it is compared. Its buffers are valid until the next row. */
export interface RowRecord {
  /** Identifies the row on the other side: COPY text of its key, or the hash of the whole row. */
  readonly key: Buffer;
  /** xxHash64 over the columns that both sides have. */
  readonly hash: bigint;
  /** COPY text of these columns. */
  readonly line: Buffer;
}

export interface RowShape {
  /** The number of fields of a line. */
  readonly fields: number;
  /** The fields that are compared, in order; undefined: all of them. */
  readonly compared: readonly number[] | undefined;
  /** The compared fields that are the key; undefined: the whole row identifies it. */
  readonly key: readonly number[] | undefined;
}

const LINE_FEED = 0x0a;
const TAB = Buffer.from('\t');
const MODULUS_BITS = 64;

/** Reads COPY text row by row; its pieces may be cut anywhere. */
export class RowReader {
  rows = 0;
  rawBytes = 0;
  #sum = 0n;
  #open: Buffer[] = [];
  readonly #shape: RowShape;
  readonly #hash: (bytes: Uint8Array) => bigint;
  readonly #onRow: (row: RowRecord) => void;

  private constructor(shape: RowShape, hash: (bytes: Uint8Array) => bigint, onRow: (row: RowRecord) => void) {
    this.#shape = shape;
    this.#hash = hash;
    this.#onRow = onRow;
  }

  static async create(shape: RowShape, onRow: (row: RowRecord) => void): Promise<RowReader> {
    const { h64Raw } = await loaded;
    return new RowReader(shape, (bytes) => h64Raw(bytes), onRow);
  }

  update(piece: Uint8Array): void {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    this.rawBytes += bytes.length;
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, start)) {
      const rest = bytes.subarray(start, end);
      if (this.#open.length === 0) {
        this.#read(rest);
      } else {
        const whole = Buffer.concat([...this.#open, rest]);
        this.#open = [];
        this.#read(whole);
      }
      start = end + 1;
    }
    if (start < bytes.length) this.#open.push(Buffer.from(bytes.subarray(start)));
  }

  /** The digest of the compared columns, as a manifest writes it. Throws if the text ended within a row. */
  digest(): string {
    if (this.#open.length > 0) throw new Error('COPY text ended within a row');
    return BigInt.asUintN(MODULUS_BITS, this.#sum).toString(16).padStart(16, '0');
  }

  #read(given: Buffer): void {
    const { fields, compared, key } = this.#shape;
    this.rows += 1;
    let line = given;
    let count = fields;
    if (compared) {
      const borders = fieldBorders(given, fields);
      line = joined(compared.map((field) => fieldAt(given, borders, field)));
      count = compared.length;
    }
    const hash = this.#hash(line);
    this.#sum = BigInt.asUintN(MODULUS_BITS, this.#sum + hash);
    this.#onRow({ key: key ? keyOf(line, count, key) : hashBytes(hash), hash, line });
  }
}

const loaded = xxhash();

function keyOf(line: Buffer, fields: number, key: readonly number[]): Buffer {
  const borders = fieldBorders(line, fields);
  const [first = 0] = key;
  return key.length === 1
    ? fieldAt(line, borders, first)
    : joined(key.map((field) => fieldAt(line, borders, field)));
}

function joined(fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields.flatMap((field, index) => (index === 0 ? [field] : [TAB, field])));
}

function hashBytes(hash: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(hash);
  return bytes;
}
