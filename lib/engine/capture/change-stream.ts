import { formatLsn } from '../pgoutput/lsn.ts';
import { DDL_PREFIX } from './names.ts';

/** COPY's binary format: signature, flags, extension (PostgreSQL manual, COPY, "Binary Format"). */
const COPY_HEADER_BYTES = 19;
const TUPLE_HEADER_BYTES = 6;
/** Pieces of this size: written message by message, a segment took 17 times as long (measured). */
const PIECE_BYTES = 256 * 1024;
/** Microseconds from 1970 to PostgreSQL's epoch, the year 2000. */
const EPOCH_MICROS = 946_684_800_000_000n;
/** Schema changes of one poll that an entry names. */
const MOST_DDL = 100;

interface Transaction {
  readonly xid: number;
  readonly commitLsn: bigint;
  readonly committedAt: Date;
}

/**
 * Reads a COPY of messages, and yields those that are not in the vault yet, each after its length, in pieces. A
 * transaction is in the vault if its commit record begins before `knownTo`; its Relation messages are kept for the
 * next one, because the server sends them once in a poll.
 */
export class ChangeStream {
  readonly #knownTo: bigint;
  readonly #stopAfterCommit: () => boolean;
  /** Pieces of a message that is not whole yet: joined once, so that a value of any size costs one copy. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #neededBytes = 0;
  #hasHeader = false;
  #out = Buffer.allocUnsafe(PIECE_BYTES);
  #outBytes = 0;
  #ready: Buffer[] = [];
  #transaction: Transaction | undefined;
  #known = false;
  #relations: Buffer[] = [];
  messages = 0;
  transactions = 0;
  rawBytes = 0;
  earliest: Date | undefined;
  latest: Date | undefined;
  last: Transaction | undefined;
  /** Commits that were in the vault already, by the beginning of their records. */
  readonly repeated = new Map<bigint, number>();
  readonly ddl: Array<{ commitLsn: string; tag: string }> = [];
  /** The end of the last commit that was seen, kept or not. */
  seenTo: bigint | undefined;
  /** The reading ended early, after a commit, because time was short. */
  cut = false;

  constructor(knownTo: bigint, stopAfterCommit: () => boolean = () => false) {
    this.#knownTo = knownTo;
    this.#stopAfterCommit = stopAfterCommit;
  }

  async *read(copy: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    for await (const piece of copy) {
      this.#take(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
      yield* this.#handOver();
      if (this.cut) break;
    }
    if (!this.cut && this.#waitingBytes > 0)
      throw new Error('the stream of changes broke off within a message');
    if (this.#transaction) throw new Error('the stream of changes ended within a transaction');
    if (this.#outBytes > 0) yield Buffer.from(this.#out.subarray(0, this.#outBytes));
    this.#outBytes = 0;
  }

  *#handOver(): Generator<Buffer> {
    yield* this.#ready;
    this.#ready = [];
  }

  #take(piece: Buffer): void {
    if (this.#waitingBytes + piece.length < this.#neededBytes) {
      this.#wait(piece, this.#neededBytes);
      return;
    }
    const bytes = this.#waitingBytes > 0 ? Buffer.concat([...this.#waiting, piece]) : piece;
    this.#waiting = [];
    this.#waitingBytes = 0;
    let at = 0;
    let needed = 2;
    if (!this.#hasHeader) {
      if (bytes.length < COPY_HEADER_BYTES) {
        this.#wait(bytes, COPY_HEADER_BYTES);
        return;
      }
      at = COPY_HEADER_BYTES;
      this.#hasHeader = true;
    }
    while (bytes.length - at >= 2 && !this.cut) {
      if (bytes.readInt16BE(at) === -1) {
        at += 2;
        break;
      }
      if (bytes.length - at < TUPLE_HEADER_BYTES) break;
      const start = at + TUPLE_HEADER_BYTES;
      const end = start + bytes.readInt32BE(at + 2);
      if (end > bytes.length) {
        needed = end - at;
        break;
      }
      this.#message(bytes.subarray(start, end));
      at = end;
    }
    this.#neededBytes = 0;
    if (!this.cut && at < bytes.length) this.#wait(bytes.subarray(at), bytes.length - at < 2 ? 2 : needed);
  }

  #wait(bytes: Buffer, needed: number): void {
    this.#waiting.push(Buffer.from(bytes));
    this.#waitingBytes += bytes.length;
    this.#neededBytes = needed;
  }

  #message(bytes: Buffer): void {
    switch (String.fromCharCode(bytes.readUInt8(0))) {
      case 'B':
        this.#begin(bytes);
        return;
      case 'C':
        this.#commit(bytes);
        return;
      case 'R':
      case 'Y':
        if (this.#known) this.#relations.push(Buffer.from(bytes));
        else this.#keep(bytes);
        return;
      case 'M':
        this.#notice(bytes);
        return;
      default:
        if (!this.#known) this.#keep(bytes);
    }
  }

  #begin(bytes: Buffer): void {
    const commitLsn = bytes.readBigUInt64BE(1);
    const committedAt = new Date(Number((bytes.readBigInt64BE(9) + EPOCH_MICROS) / 1000n));
    this.#transaction = { xid: bytes.readUInt32BE(17), commitLsn, committedAt };
    this.#known = commitLsn < this.#knownTo;
    if (this.#known) return;
    for (const relation of this.#relations) this.#keep(relation);
    this.#relations = [];
    this.#keep(bytes);
  }

  #commit(bytes: Buffer): void {
    const transaction = this.#transaction;
    if (!transaction) throw new Error('a commit without a begin in the stream of changes');
    this.seenTo = bytes.readBigUInt64BE(10);
    if (this.#known) {
      this.repeated.set(transaction.commitLsn, transaction.xid);
    } else {
      this.#keep(bytes);
      this.transactions += 1;
      this.last = transaction;
      const { committedAt } = transaction;
      if (!this.earliest || committedAt < this.earliest) this.earliest = committedAt;
      if (!this.latest || committedAt > this.latest) this.latest = committedAt;
    }
    this.#transaction = undefined;
    this.#known = false;
    if (this.#stopAfterCommit()) this.cut = true;
  }

  /** A message of pg_logical_emit_message: within a transaction, or by itself. */
  #notice(bytes: Buffer): void {
    const isTransactional = (bytes.readUInt8(1) & 1) === 1;
    if (isTransactional ? this.#known : bytes.readBigUInt64BE(2) < this.#knownTo) return;
    const prefixEnd = bytes.indexOf(0, 10);
    if (isTransactional && this.#transaction && bytes.toString('latin1', 10, prefixEnd) === DDL_PREFIX) {
      const commitLsn = formatLsn(this.#transaction.commitLsn);
      const tag = bytes.toString('utf8', prefixEnd + 5);
      const isNew = !this.ddl.some((one) => one.commitLsn === commitLsn && one.tag === tag);
      if (isNew && this.ddl.length < MOST_DDL) this.ddl.push({ commitLsn, tag });
    }
    this.#keep(bytes);
  }

  #keep(message: Buffer): void {
    this.messages += 1;
    this.rawBytes += 4 + message.length;
    if (this.#outBytes + 4 + message.length > PIECE_BYTES && this.#outBytes > 0) {
      this.#ready.push(this.#out.subarray(0, this.#outBytes));
      this.#out = Buffer.allocUnsafe(PIECE_BYTES);
      this.#outBytes = 0;
    }
    if (4 + message.length > PIECE_BYTES) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(message.length);
      this.#ready.push(Buffer.concat([length, message]));
      return;
    }
    this.#outBytes = this.#out.writeUInt32BE(message.length, this.#outBytes);
    this.#outBytes += message.copy(this.#out, this.#outBytes);
  }
}
