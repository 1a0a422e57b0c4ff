/**
 * The value of a column is the text that PostgreSQL prints, as a string with one character a byte (`latin1`), because
 * a database in SQL_ASCII holds any bytes. Null is NULL. UNCHANGED stands for a large value that an update did not
 * touch: the server does not read it again (PostgreSQL manual, "Logical Replication Message Formats", TupleData `u`).
 */
export type Value = string | null | typeof UNCHANGED;
export const UNCHANGED = Symbol('unchanged');

export type Tuple = readonly Value[];

/** The row before an update or a deletion: the columns of its key alone (`K`), or all of them (`O`). */
export interface OldTuple {
  readonly has: 'key' | 'all';
  readonly values: Tuple;
}

export interface ColumnMessage {
  readonly name: string;
  /** Whether it belongs to the replica identity. With REPLICA IDENTITY FULL every column does. */
  readonly isKey: boolean;
  readonly typeOid: number;
  readonly typeModifier: number;
}

export interface BeginMessage {
  readonly kind: 'begin';
  /** Where the commit record begins. */
  readonly finalLsn: bigint;
  /** Microseconds since 1970. */
  readonly committedAtMicros: bigint;
  /** 32 bits; visibility.ts widens it. */
  readonly xid: number;
}

export interface CommitMessage {
  readonly kind: 'commit';
  /** Where the commit record begins: the `finalLsn` of the transaction's begin. */
  readonly commitLsn: bigint;
  /** Where the commit record ends. */
  readonly endLsn: bigint;
  readonly committedAtMicros: bigint;
}

export interface RelationMessage {
  readonly kind: 'relation';
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `d`: its primary key, `i`: an index, `f`: all columns, `n`: none. */
  readonly replicaIdentity: 'd' | 'i' | 'f' | 'n';
  readonly columns: readonly ColumnMessage[];
}

export interface InsertMessage {
  readonly kind: 'insert';
  readonly relation: number;
  readonly values: Tuple;
}

export interface UpdateMessage {
  readonly kind: 'update';
  readonly relation: number;
  /** Absent when the key did not change. */
  readonly old?: OldTuple;
  readonly values: Tuple;
}

export interface DeleteMessage {
  readonly kind: 'delete';
  readonly relation: number;
  readonly old: OldTuple;
}

export interface TruncateMessage {
  readonly kind: 'truncate';
  readonly relations: readonly number[];
  readonly cascades: boolean;
  readonly restartsIdentity: boolean;
}

/** What pg_logical_emit_message wrote. One that is not transactional comes outside of transactions. */
export interface EmittedMessage {
  readonly kind: 'message';
  readonly isTransactional: boolean;
  readonly lsn: bigint;
  readonly prefix: string;
  readonly content: Buffer;
}

export interface OriginMessage {
  readonly kind: 'origin';
  readonly lsn: bigint;
  readonly name: string;
}

export interface TypeMessage {
  readonly kind: 'type';
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

export type RowMessage = InsertMessage | UpdateMessage | DeleteMessage;

export type Message =
  | BeginMessage
  | CommitMessage
  | RelationMessage
  | RowMessage
  | TruncateMessage
  | EmittedMessage
  | OriginMessage
  | TypeMessage;

/** The bytes are no message of protocol version 1; `message` completes "a change in the stream …". */
export class PgoutputError extends Error {}
