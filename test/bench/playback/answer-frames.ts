/** A message's type and its length (PostgreSQL manual, "Message Formats"). */
const HEADER_BYTES = 5;
const ERROR_RESPONSE = 'E'.charCodeAt(0);
const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/** What a server sends up to and including ReadyForQuery. */
export interface EndOfAnswer {
  /** Where it ends in the piece. */
  readonly end: number;
  /** `I` outside of a transaction, `T` in one, `E` in one that failed. */
  readonly status: string;
  readonly hasFailed: boolean;
}

/** Follows the messages of a server's side of a conversation, in whatever pieces they arrive, and keeps none of them. */
export class AnswerFrames {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #bodyBytesLeft = 0;
  #status = '';
  #hasFailed = false;

  /** The end of the first answer that ends in this piece, from `start` on; undefined when the piece ends before. */
  read(piece: Buffer, start: number): EndOfAnswer | undefined {
    let at = start;
    while (at < piece.length) {
      at += this.#readHeader(piece, at);
      if (this.#headerBytes < HEADER_BYTES) return undefined;
      const end = Math.min(piece.length, at + this.#bodyBytesLeft);
      const type = this.#header[0];
      if (type === READY_FOR_QUERY && end > at) this.#status = piece.toString('latin1', at, end);
      this.#bodyBytesLeft -= end - at;
      at = end;
      if (this.#bodyBytesLeft > 0) return undefined;
      this.#headerBytes = 0;
      if (type === ERROR_RESPONSE) this.#hasFailed = true;
      if (type === READY_FOR_QUERY) {
        const hasFailed = this.#hasFailed;
        this.#hasFailed = false;
        return { end: at, status: this.#status, hasFailed };
      }
    }
    return undefined;
  }

  #readHeader(piece: Buffer, at: number): number {
    if (this.#headerBytes === HEADER_BYTES) return 0;
    const read = piece.copy(this.#header, this.#headerBytes, at, at + HEADER_BYTES - this.#headerBytes);
    this.#headerBytes += read;
    // The length counts itself, and not the type.
    if (this.#headerBytes === HEADER_BYTES) this.#bodyBytesLeft = this.#header.readInt32BE(1) - 4;
    return read;
  }
}
