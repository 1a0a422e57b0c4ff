import { PgoutputError } from './messages.ts';

const ZERO = 0;

export type DecodeName = (bytes: Uint8Array) => string;

/** Reads the fields of one message. Throws PgoutputError instead of reading beyond its end. */
export class MessageBytes {
  readonly #bytes: Buffer;
  readonly #decodeName: DecodeName;
  #at = 0;

  constructor(bytes: Buffer, decodeName: DecodeName) {
    this.#bytes = bytes;
    this.#decodeName = decodeName;
  }

  byte(): number {
    return this.#bytes[this.#advance(1)] ?? 0;
  }

  letter(): string {
    return String.fromCharCode(this.byte());
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#advance(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#advance(8));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#advance(8));
  }

  /** A name in the encoding of the stream, which a zero ends. */
  name(): string {
    const end = this.#bytes.indexOf(ZERO, this.#at);
    if (end === -1) throw new PgoutputError('has a name without an end');
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end + 1;
    try {
      return this.#decodeName(bytes);
    } catch {
      throw new PgoutputError('has a name that is not in the encoding of its database');
    }
  }

  /** Bytes behind their own length, one character a byte. */
  countedText(): string {
    const length = this.#length();
    const from = this.#advance(length);
    return this.#bytes.toString('latin1', from, this.#at);
  }

  /** Bytes behind their own length, as a copy. */
  countedBytes(): Buffer {
    const length = this.#length();
    return Buffer.from(this.#bytes.subarray(this.#advance(length), this.#at));
  }

  /** Throws unless the message ends here. */
  end(): void {
    const surplus = this.#bytes.length - this.#at;
    if (surplus > 0) throw new PgoutputError(`has ${surplus} bytes after its end`);
  }

  #length(): number {
    const length = this.int32();
    if (length < 0) throw new PgoutputError(`has a value of ${length} bytes`);
    return length;
  }

  /** Moves on, and returns where it was. */
  #advance(count: number): number {
    const from = this.#at;
    if (this.#bytes.length - from < count) throw new PgoutputError('is cut off');
    this.#at = from + count;
    return from;
  }
}
