const HEADER_BYTES = 5;

/**
 * Finds the ends of messages in one direction of a PostgreSQL connection. A message is a type byte, a length
 * that counts itself, and a body. The pieces may be cut anywhere. The stream keeps its position, but no
 * bytes.
 */
export class MessageStream {
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  /** Bytes of the body still to come; undefined before the header is complete. */
  #bodyBytes: number | undefined;

  /** Whether the last piece ended where a message ended. */
  get atBoundary(): boolean {
    return this.#headerBytes === 0;
  }

  /** Reports each message that ends in this piece: its type, and the offset of its end in the piece. */
  read(piece: Uint8Array, onMessage: (type: string, end: number) => void): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#bodyBytes === undefined) {
        const taken = Math.min(HEADER_BYTES - this.#headerBytes, piece.length - at);
        this.#header.set(piece.subarray(at, at + taken), this.#headerBytes);
        this.#headerBytes += taken;
        at += taken;
        if (this.#headerBytes < HEADER_BYTES) return;
        this.#bodyBytes = new DataView(this.#header.buffer).getInt32(1) - 4;
      }
      const taken = Math.min(this.#bodyBytes, piece.length - at);
      this.#bodyBytes -= taken;
      at += taken;
      if (this.#bodyBytes > 0) return;
      this.#bodyBytes = undefined;
      this.#headerBytes = 0;
      onMessage(String.fromCharCode(this.#header[0] ?? 0), at);
    }
  }
}
