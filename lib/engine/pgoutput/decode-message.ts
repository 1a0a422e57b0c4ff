import { textDecoder } from '../ground/encodings.ts';
import { type DecodeName, MessageBytes } from './message-bytes.ts';
import {
  type ColumnMessage,
  type DeleteMessage,
  type Message,
  type OldTuple,
  PgoutputError,
  type RelationMessage,
  type TruncateMessage,
  type Tuple,
  UNCHANGED,
  type UpdateMessage,
  type Value,
} from './messages.ts';

/** From PostgreSQL's epoch, the year 2000, to that of Unix. */
const EPOCH_MICROS = 946_684_800_000_000n;
/** A table has at most 1600 columns (MaxHeapAttributeNumber). */
const MOST_COLUMNS = 1600;
const CASCADE = 1;
const RESTART_IDENTITY = 2;
const TRANSACTIONAL = 1;
const IDENTITIES = ['d', 'i', 'f', 'n'] as const;

const UTF8 = textDecoder('UTF8');

/**
 * Decodes one message of pgoutput's protocol version 1 (PostgreSQL manual, "Logical Replication Message Formats").
 * Names are in the encoding of the session that read the stream: a wrong one would make another table of it. Throws
 * PgoutputError for anything else.
 */
export function decodeMessage(bytes: Buffer, decodeName: DecodeName = UTF8): Message {
  const fields = new MessageBytes(bytes, decodeName);
  const message = decodeFields(fields);
  fields.end();
  return message;
}

function decodeFields(fields: MessageBytes): Message {
  const letter = fields.letter();
  switch (letter) {
    case 'I':
      return { kind: 'insert', relation: fields.uint32(), values: newTuple(fields, fields.letter()) };
    case 'U':
      return updateOf(fields);
    case 'D':
      return deletionOf(fields);
    case 'B':
      return {
        kind: 'begin',
        finalLsn: fields.uint64(),
        committedAtMicros: timeOf(fields),
        xid: fields.uint32(),
      };
    case 'C':
      if (fields.byte() !== 0) throw new PgoutputError('is a commit with flags that are not known');
      return {
        kind: 'commit',
        commitLsn: fields.uint64(),
        endLsn: fields.uint64(),
        committedAtMicros: timeOf(fields),
      };
    case 'R':
      return relationOf(fields);
    case 'T':
      return truncationOf(fields);
    case 'M':
      return {
        kind: 'message',
        isTransactional: (fields.byte() & TRANSACTIONAL) !== 0,
        lsn: fields.uint64(),
        prefix: fields.name(),
        content: fields.countedBytes(),
      };
    case 'O':
      return { kind: 'origin', lsn: fields.uint64(), name: fields.name() };
    case 'Y':
      return { kind: 'type', oid: fields.uint32(), schema: schemaOf(fields), name: fields.name() };
    default:
      throw new PgoutputError(`has the unknown type ${JSON.stringify(letter)}`);
  }
}

function updateOf(fields: MessageBytes): UpdateMessage {
  const relation = fields.uint32();
  const letter = fields.letter();
  if (letter === 'N') return { kind: 'update', relation, values: newTuple(fields, letter) };
  const old = oldTuple(fields, letter);
  return { kind: 'update', relation, old, values: newTuple(fields, fields.letter()) };
}

function deletionOf(fields: MessageBytes): DeleteMessage {
  return { kind: 'delete', relation: fields.uint32(), old: oldTuple(fields, fields.letter()) };
}

function newTuple(fields: MessageBytes, letter: string): Tuple {
  if (letter !== 'N') throw new PgoutputError(`has ${JSON.stringify(letter)} where a new row belongs`);
  return tupleOf(fields);
}

function oldTuple(fields: MessageBytes, letter: string): OldTuple {
  if (letter !== 'K' && letter !== 'O')
    throw new PgoutputError(`has ${JSON.stringify(letter)} where an old row belongs`);
  return { has: letter === 'K' ? 'key' : 'all', values: tupleOf(fields) };
}

function tupleOf(fields: MessageBytes): Tuple {
  const columns = countOfColumns(fields);
  const values: Value[] = [];
  for (let at = 0; at < columns; at += 1) values.push(readValue(fields));
  return values;
}

const TEXT = 't'.charCodeAt(0);
const NULL = 'n'.charCodeAt(0);
const UNCHANGED_VALUE = 'u'.charCodeAt(0);

function readValue(fields: MessageBytes): Value {
  const format = fields.byte();
  if (format === TEXT) return fields.countedText();
  if (format === NULL) return null;
  if (format === UNCHANGED_VALUE) return UNCHANGED;
  throw new PgoutputError(`has a value of the unknown format ${format}`);
}

function relationOf(fields: MessageBytes): RelationMessage {
  const oid = fields.uint32();
  const schema = schemaOf(fields);
  const name = fields.name();
  const letter = fields.letter();
  const replicaIdentity = IDENTITIES.find((one) => one === letter);
  if (!replicaIdentity) throw new PgoutputError(`has the unknown replica identity ${JSON.stringify(letter)}`);
  const columns: ColumnMessage[] = [];
  for (let left = countOfColumns(fields); left > 0; left -= 1) {
    columns.push({
      isKey: (fields.byte() & 1) !== 0,
      name: fields.name(),
      typeOid: fields.uint32(),
      typeModifier: fields.int32(),
    });
  }
  return { kind: 'relation', oid, schema, name, replicaIdentity, columns };
}

function truncationOf(fields: MessageBytes): TruncateMessage {
  const count = fields.uint32();
  const options = fields.byte();
  const relations: number[] = [];
  // The end of the message ends this, however large a hostile number is.
  for (let left = count; left > 0; left -= 1) relations.push(fields.uint32());
  return {
    kind: 'truncate',
    relations,
    cascades: (options & CASCADE) !== 0,
    restartsIdentity: (options & RESTART_IDENTITY) !== 0,
  };
}

function countOfColumns(fields: MessageBytes): number {
  const columns = fields.uint16();
  if (columns > MOST_COLUMNS) throw new PgoutputError(`has ${columns} columns`);
  return columns;
}

/** An empty name stands for pg_catalog. */
function schemaOf(fields: MessageBytes): string {
  return fields.name() || 'pg_catalog';
}

function timeOf(fields: MessageBytes): bigint {
  return fields.int64() + EPOCH_MICROS;
}
