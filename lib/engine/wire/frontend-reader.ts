/** One message of a client; `bytes` include its type byte and its length. */
export interface FrontendMessage {
  readonly type: string;
  readonly bytes: Buffer;
}

/** PostgreSQL's own limit for a start-up packet (MAX_STARTUP_PACKET_LENGTH). */
const MOST_STARTUP_BYTES = 10_000;
/** No real statement is longer, so a larger number is not a message's length. */
const MOST_MESSAGE_BYTES = 256 * 1024 * 1024;

/**
 * The types of messages that a client may send (PostgreSQL manual, "Message Formats", those marked F). A
 * server does not understand any other type: passed on, it would end the server that all clients share.
 */
const KNOWN_TYPES = new Set(['p', 'Q', 'P', 'B', 'D', 'E', 'C', 'S', 'H', 'F', 'X', 'd', 'c', 'f']);

/** The client does not speak PostgreSQL's protocol: it may be a browser or a port scanner. */
export class NotTheProtocolError extends Error {}

/** Whether it is CopyData, CopyDone or CopyFail. A server that is not in COPY IN ignores them. */
export function isCopyMessage({ type }: FrontendMessage): boolean {
  return type === 'd' || type === 'c' || type === 'f';
}

/**
 * Cuts the bytes of a client into whole packets and messages, in whatever pieces the socket delivers them.
 */
export class FrontendReader {
  #pieces: Buffer[] = [];
  #size = 0;

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /** The next start-up packet; undefined until it is complete. */
  takeStartupPacket(): Buffer | undefined {
    const length = this.#peekLength(0, MOST_STARTUP_BYTES);
    return length === undefined ? undefined : this.#take(length);
  }

  /**
   * The next message; undefined until it is complete. Throws {@link NotTheProtocolError} as soon as an
   * unknown type arrives.
   */
  takeMessage(): FrontendMessage | undefined {
    const [first] = this.#pieces[0] ?? [];
    if (first !== undefined && !KNOWN_TYPES.has(String.fromCharCode(first))) {
      throw new NotTheProtocolError(`invalid frontend message type ${first}`);
    }
    const length = this.#peekLength(1, MOST_MESSAGE_BYTES);
    const bytes = length === undefined ? undefined : this.#take(1 + length);
    return bytes && { type: String.fromCharCode(bytes.readUInt8(0)), bytes };
  }

  /** Reads a length. It counts its own four bytes, but not the `offset` bytes before it. */
  #peekLength(offset: number, most: number): number | undefined {
    if (this.#size < offset + 4) return undefined;
    const length = this.#joined(offset + 4).readInt32BE(offset);
    if (length < 4 || length > most) throw new NotTheProtocolError(`invalid message length ${length}`);
    return length;
  }

  #take(length: number): Buffer | undefined {
    if (this.#size < length) return undefined;
    const all = this.#joined(length);
    const rest = all.subarray(length);
    this.#pieces = rest.length > 0 ? [rest, ...this.#pieces.slice(1)] : this.#pieces.slice(1);
    this.#size -= length;
    return all.subarray(0, length);
  }

  /** The first piece, joined with later ones if it is shorter than `length`. */
  #joined(length: number): Buffer {
    const [first] = this.#pieces;
    if (first && first.length >= length) return first;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }
}
