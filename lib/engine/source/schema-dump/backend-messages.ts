/** Messages of the server's side, as the protocol's "Message Formats" describe them. */

export function authenticationOk(): Uint8Array {
  return message('R', int32(0));
}

export function parameterStatus(name: string, value: string): Uint8Array {
  return message('S', cString(name), cString(value));
}

/** With no key: nothing may be cancelled by it. */
export function backendKeyData(): Uint8Array {
  return message('K', int32(0), int32(0));
}

export function commandComplete(tag: string): Uint8Array {
  return message('C', cString(tag));
}

/** `T`: inside a transaction. */
export function readyForQuery(status: 'T'): Uint8Array {
  return message('Z', Buffer.from(status));
}

function message(type: string, ...parts: Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
