/** Builds and reads messages of the server, as "Message Formats" in the PostgreSQL manual describes them. */

export function authenticationOk(): Uint8Array {
  return message('R', int32(0));
}

export function parameterStatus(name: string, value: string): Uint8Array {
  return message('S', cString(name), cString(value));
}

/** The key that a CancelRequest must name. With key 0, no CancelRequest can cancel anything. */
export function backendKeyData(processId = 0, key = 0): Uint8Array {
  return message('K', int32(processId), int32(key));
}

export function commandComplete(tag: string): Uint8Array {
  return message('C', cString(tag));
}

/** The columns of a result in text format; `typeOid` is that of their type. */
export function rowDescription(
  columns: ReadonlyArray<{ readonly name: string; readonly typeOid: number }>,
): Uint8Array {
  const fields = columns.flatMap(({ name, typeOid }) => [
    cString(name),
    // No table and no column of one; then the type, its size and modifier, and the format.
    ...[int32(0), int16(0), int32(typeOid), int16(-1), int32(-1), int16(0)],
  ]);
  return message('T', int16(columns.length), ...fields);
}

export function dataRow(values: readonly string[]): Uint8Array {
  const cells = values.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]);
  return message('D', int16(values.length), ...cells);
}

/** Idle, in a transaction, or in a failed transaction. */
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

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** An error or a notice for a client, with the fields that are used here. */
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

/**
 * Tells a client that asks for a newer minor version of protocol 3 that only 3.0 is supported, and none of
 * `options`.
 */
export function negotiateProtocolVersion(options: readonly string[]): Uint8Array {
  return message('v', int32(3 << 16), int32(options.length), ...options.map(cString));
}

export function errorResponse(saying: Saying): Uint8Array {
  return message('E', ...fieldsOf(saying));
}

export function noticeResponse(saying: Saying): Uint8Array {
  return message('N', ...fieldsOf(saying));
}

/** The fields with their letters: PostgreSQL manual, "Error and Notice Message Fields". */
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

/** The fields of an ErrorResponse or NoticeResponse; `bytes` include the message's header. */
export function readFields(bytes: Buffer): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 5; at < bytes.length && bytes.readUInt8(at) !== 0; ) {
    const end = bytes.indexOf(0, at);
    fields.set(bytes.toString('latin1', at, at + 1), bytes.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return fields;
}
