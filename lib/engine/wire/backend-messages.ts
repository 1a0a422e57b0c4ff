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

/** What a server tells a client besides rows: the fields of errors and notices that are used here. */
export interface Saying {
  readonly severity: 'NOTICE' | 'WARNING' | 'ERROR' | 'FATAL';
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export function cleartextPasswordRequest(): Uint8Array {
  return message('R', int32(3));
}

/** To one who asks for a newer minor version of protocol 3: none of it is known here, nor any of its options. */
export function negotiateProtocolVersion(options: readonly string[]): Uint8Array {
  return message('v', int32(3 << 16), int32(options.length), ...options.map(cString));
}

export function errorResponse(saying: Saying): Uint8Array {
  return message('E', ...fieldsOf(saying));
}

export function noticeResponse(saying: Saying): Uint8Array {
  return message('N', ...fieldsOf(saying));
}

/** Fields by their letter: PostgreSQL manual, "Error and Notice Message Fields". */
function fieldsOf({ severity, code, message: text, hint }: Saying): Uint8Array[] {
  const fields: ReadonlyArray<readonly [letter: string, value: string | undefined]> = [
    ['S', severity],
    ['V', severity],
    ['C', code],
    ['M', text],
    ['H', hint],
  ];
  const said = fields.flatMap(([letter, value]) =>
    value === undefined ? [] : [Buffer.from(letter), cString(value)],
  );
  return [...said, Buffer.from([0])];
}

/** The fields of an ErrorResponse or NoticeResponse, header included. */
export function readFields(bytes: Buffer): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 5; at < bytes.length && bytes.readUInt8(at) !== 0; ) {
    const end = bytes.indexOf(0, at);
    fields.set(bytes.toString('latin1', at, at + 1), bytes.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return fields;
}
