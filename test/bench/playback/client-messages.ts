/** Codes in the place of a protocol version (PostgreSQL manual, "Message Formats"). */
const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSS_ENCRYPTION_REQUEST = 80877104;

export interface ClientMessage {
  /** A message's own letter, or what it is of those that open a connection and have none. */
  readonly type: string | 'encryption' | 'startup' | 'cancel';
  readonly bytes: Buffer;
}

/** Cuts what a client sends into its messages. */
export async function* clientMessages(pieces: AsyncIterable<Buffer>): AsyncGenerator<ClientMessage> {
  let isOpening = true;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (;;) {
      const size = sizeOfMessage(rest, isOpening);
      if (rest.length < size) break;
      const bytes = rest.subarray(0, size);
      rest = rest.subarray(size);
      const type = isOpening ? openingType(bytes) : String.fromCharCode(bytes[0] ?? 0);
      if (type === 'startup') isOpening = false;
      yield { type, bytes };
    }
  }
}

/** Infinite as long as it cannot be told. */
function sizeOfMessage(bytes: Buffer, isOpening: boolean): number {
  const letter = isOpening ? 0 : 1;
  return bytes.length < letter + 4 ? Number.POSITIVE_INFINITY : letter + bytes.readInt32BE(letter);
}

function openingType(bytes: Buffer): ClientMessage['type'] {
  const code = bytes.readInt32BE(4);
  if (code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST) return 'encryption';
  return code === CANCEL_REQUEST ? 'cancel' : 'startup';
}

/** The text of a Query message: without its header and the zero byte at its end. */
export function sqlOf(query: ClientMessage): string {
  return query.bytes.toString('latin1', 5, query.bytes.length - 1);
}
