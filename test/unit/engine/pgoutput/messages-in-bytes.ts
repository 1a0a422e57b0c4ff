import { type Message, type Tuple, UNCHANGED } from '../../../../lib/engine/pgoutput/messages.ts';

const EPOCH_MICROS = 946_684_800_000_000n;

/** The bytes of a message: the reverse of decodeMessage, written from the manual's description. */
export function bytesOf(message: Message): Buffer {
  switch (message.kind) {
    case 'begin':
      return join('B', u64(message.finalLsn), time(message.committedAtMicros), u32(message.xid));
    case 'commit':
      return join('C', u8(0), u64(message.commitLsn), u64(message.endLsn), time(message.committedAtMicros));
    case 'relation':
      return join(
        'R',
        u32(message.oid),
        name(message.schema),
        name(message.name),
        message.replicaIdentity,
        u16(message.columns.length),
        ...message.columns.flatMap((column) => [
          u8(column.isKey ? 1 : 0),
          name(column.name),
          u32(column.typeOid),
          i32(column.typeModifier),
        ]),
      );
    case 'insert':
      return join('I', u32(message.relation), 'N', tuple(message.values));
    case 'update':
      return join(
        'U',
        u32(message.relation),
        ...(message.old ? [message.old.has === 'key' ? 'K' : 'O', tuple(message.old.values)] : []),
        'N',
        tuple(message.values),
      );
    case 'delete':
      return join(
        'D',
        u32(message.relation),
        message.old.has === 'key' ? 'K' : 'O',
        tuple(message.old.values),
      );
    case 'truncate':
      return join(
        'T',
        u32(message.relations.length),
        u8((message.cascades ? 1 : 0) | (message.restartsIdentity ? 2 : 0)),
        ...message.relations.map(u32),
      );
    case 'message':
      return join(
        'M',
        u8(message.isTransactional ? 1 : 0),
        u64(message.lsn),
        name(message.prefix),
        u32(message.content.length),
        message.content,
      );
    case 'origin':
      return join('O', u64(message.lsn), name(message.name));
    default:
      return join('Y', u32(message.oid), name(message.schema), name(message.name));
  }
}

/** As a segment holds them. */
export function framed(messages: readonly Message[]): Buffer {
  return Buffer.concat(messages.map(bytesOf).flatMap((bytes) => [u32(bytes.length), bytes]));
}

function tuple(values: Tuple): Buffer {
  return join(
    u16(values.length),
    ...values.map((value) => {
      if (value === null) return 'n';
      if (value === UNCHANGED) return 'u';
      const bytes = Buffer.from(value, 'latin1');
      return join('t', u32(bytes.length), bytes);
    }),
  );
}

function join(...parts: ReadonlyArray<string | Buffer>): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function number(bytes: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(bytes);
  write(buffer);
  return buffer;
}

const u8 = (value: number) => number(1, (buffer) => buffer.writeUInt8(value));
const u16 = (value: number) => number(2, (buffer) => buffer.writeUInt16BE(value));
const u32 = (value: number) => number(4, (buffer) => buffer.writeUInt32BE(value));
const i32 = (value: number) => number(4, (buffer) => buffer.writeInt32BE(value));
const u64 = (value: bigint) => number(8, (buffer) => buffer.writeBigUInt64BE(value));
const time = (value: bigint) => number(8, (buffer) => buffer.writeBigInt64BE(value - EPOCH_MICROS));
const name = (text: string) => Buffer.from(`${text}\0`);
