import { readFields } from '../../wire/backend-messages.ts';

export interface ResultColumn {
  readonly name: string;
  /** OID of its type: 23 for integer (pg_type.dat). */
  readonly type: number;
  /** pg_attribute.atttypmod: the digits of a numeric. @default -1: the type has none */
  readonly modifier?: number;
}

/** Takes a result as it arrives. */
export interface ResultTaker {
  columns(columns: readonly ResultColumn[]): void;
  /** Values as PostgreSQL prints them. */
  row(values: ReadonlyArray<string | null>): void;
}

/** A RowDescription has table, number, type, length, modifier and format after each column's name. */
const TYPE_OFFSET = 6;
const MODIFIER_OFFSET = 12;
const ATTRIBUTES_BYTES = 18;

/** Reads the answer to one statement. Each piece must consist of whole messages. */
export class ResultReader {
  /** `SELECT 3`; undefined before the statement is done. */
  tag: string | undefined;
  /** The fields of the error by their letter. */
  error: ReadonlyMap<string, string> | undefined;
  readonly #taker: ResultTaker;

  constructor(taker: ResultTaker) {
    this.#taker = taker;
  }

  read(messages: Uint8Array): void {
    const bytes = Buffer.from(messages.buffer, messages.byteOffset, messages.length);
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + bytes.readInt32BE(at + 1);
      this.#readMessage(bytes.toString('latin1', at, at + 1), bytes.subarray(at, end));
      at = end;
    }
  }

  #readMessage(type: string, bytes: Buffer): void {
    if (type === 'T') this.#taker.columns(readColumns(bytes));
    else if (type === 'D') this.#taker.row(readValues(bytes));
    else if (type === 'C') this.tag = bytes.toString('utf8', 5, bytes.length - 1);
    else if (type === 'E') this.error = readFields(bytes);
  }
}

function readColumns(bytes: Buffer): ResultColumn[] {
  const columns: ResultColumn[] = [];
  let at = 7;
  for (let left = bytes.readInt16BE(5); left > 0; left -= 1) {
    const end = bytes.indexOf(0, at);
    columns.push({
      name: bytes.toString('utf8', at, end),
      type: bytes.readUInt32BE(end + 1 + TYPE_OFFSET),
      modifier: bytes.readInt32BE(end + 1 + MODIFIER_OFFSET),
    });
    at = end + 1 + ATTRIBUTES_BYTES;
  }
  return columns;
}

function readValues(bytes: Buffer): Array<string | null> {
  const values: Array<string | null> = [];
  let at = 7;
  for (let left = bytes.readInt16BE(5); left > 0; left -= 1) {
    const length = bytes.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : bytes.toString('utf8', at, at + length));
    at += Math.max(0, length);
  }
  return values;
}
