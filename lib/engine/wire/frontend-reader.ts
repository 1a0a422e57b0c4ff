/** One message of a client, its type byte and length included. */
export interface FrontendMessage {
  readonly type: string;
  readonly bytes: Buffer;
}

/** PostgreSQL's own limit for what comes before the password (MAX_STARTUP_PACKET_LENGTH). */
const MOST_STARTUP_BYTES = 10_000;
/** Nobody writes such a statement; a length that is larger is no length. */
const MOST_MESSAGE_BYTES = 256 * 1024 * 1024;

/**
 * What a client may send (PostgreSQL manual, "Message Formats", those marked F). Of any other no server could tell what it is
 * for; sent on, it would end the server of everybody.
 */
const KNOWN_TYPES = new Set(['p', 'Q', 'P', 'B', 'D', 'E', 'C', 'S', 'H', 'F', 'X', 'd', 'c', 'f']);

/** Throws this at what is not PostgreSQL's protocol: a browser, a port scanner. */
export class NotTheProtocolError extends Error {}

/** CopyData, CopyDone, CopyFail: a server that copies nothing in takes and ignores them. */
export function isCopyMessage({ type }: FrontendMessage): boolean {
  return type === 'd' || type === 'c' || type === 'f';
}

/** Cuts what a client sends into whole packets and messages, however the socket delivers it. */
export class FrontendReader {
  #pieces: Buffer[] = [];
  #size = 0;

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /** A packet of the start-up; undefined until it is whole. */
  takeStartupPacket(): Buffer | undefined {
    const length = this.#peekLength(0, MOST_STARTUP_BYTES);
    return length === undefined ? undefined : this.#take(length);
  }

  /** A message; undefined until it is whole. Throws {@link NotTheProtocolError}, as soon as its type is there. */
  takeMessage(): FrontendMessage | undefined {
    const [first] = this.#pieces[0] ?? [];
    if (first !== undefined && !KNOWN_TYPES.has(String.fromCharCode(first))) {
      throw new NotTheProtocolError(`invalid frontend message type ${first}`);
    }
    const length = this.#peekLength(1, MOST_MESSAGE_BYTES);
    const bytes = length === undefined ? undefined : this.#take(1 + length);
    return bytes && { type: String.fromCharCode(bytes.readUInt8(0)), bytes };
  }

  /** The length counts itself, and nothing before it. */
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

  /** The first piece, made at least this long. */
  #joined(length: number): Buffer {
    const [first] = this.#pieces;
    if (first && first.length >= length) return first;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }
}
