/** Messages of the server's side, as the protocol's "Message Formats" describe them. */

export function authenticationOk(): Uint8Array {
  return message('R', int32(0));
}

export function parameterStatus(name: string, value: string): Uint8Array {
  return message('S', cString(name), cString(value));
}

/** What a CancelRequest has to name. Without a key nothing may be cancelled by it. */
export function backendKeyData(processId = 0, key = 0): Uint8Array {
  return message('K', int32(processId), int32(key));
}

export function commandComplete(tag: string): Uint8Array {
  return message('C', cString(tag));
}

/** Idle, inside a transaction, inside one that failed. */
export type TransactionStatus = 'I' | 'T' | 'E';

export function readyForQuery(status: TransactionStatus): Uint8Array {
  return message('Z', Buffer.from(status));
}

export function message(type: string, ...parts: Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
