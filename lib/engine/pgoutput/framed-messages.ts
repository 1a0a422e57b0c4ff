import { PgoutputError } from './messages.ts';

const LENGTH_BYTES = 4;
/** PostgreSQL itself cannot make a longer one (MaxAllocSize). */
const MOST_MESSAGE_BYTES = 1024 * 1024 * 1024;

/**
 * Cuts a segment's text into its messages: each comes after its length in four bytes, the highest first. The pieces
 * may be cut anywhere. A message is valid until the next piece.
 */
export class FramedMessages {
  #rest: Buffer = Buffer.alloc(0);
  /** Pieces of a message that is longer than they are: joined once, when it is whole. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #needed = LENGTH_BYTES;

  *push(piece: Uint8Array): Generator<Buffer> {
    const bytes = this.#joined(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    if (bytes === undefined) return;
    let at = 0;
    while (bytes.length - at >= LENGTH_BYTES) {
      const length = bytes.readUInt32BE(at);
      if (length === 0 || length > MOST_MESSAGE_BYTES)
        throw new PgoutputError(`has an impossible length of ${length} bytes`);
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) break;
      yield bytes.subarray(at + LENGTH_BYTES, end);
      at = end;
    }
    // A copy: the piece may be used again for the next one.
    this.#rest = Buffer.from(bytes.subarray(at));
    this.#needed =
      this.#rest.length < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + this.#rest.readUInt32BE(0);
  }

  /** Throws when the text ended within a message. */
  end(): void {
    if (this.#rest.length > 0 || this.#waitingBytes > 0)
      throw new PgoutputError('is cut off at the end of its segment');
  }

  /** What there is, once it holds the message that is waited for. */
  #joined(piece: Buffer): Buffer | undefined {
    const size = this.#rest.length + this.#waitingBytes + piece.length;
    if (size < this.#needed) {
      this.#waiting.push(Buffer.from(piece));
      this.#waitingBytes += piece.length;
      return undefined;
    }
    if (this.#rest.length === 0 && this.#waitingBytes === 0) return piece;
    const joined = Buffer.concat([this.#rest, ...this.#waiting, piece]);
    this.#rest = Buffer.alloc(0);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return joined;
  }
}
