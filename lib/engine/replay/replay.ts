import { isDeepStrictEqual } from 'node:util';
import { textDecoder } from '../ground/encodings.ts';
import { decodeMessage } from '../pgoutput/decode-message.ts';
import { FramedMessages } from '../pgoutput/framed-messages.ts';
import { formatLsn, parseLsn } from '../pgoutput/lsn.ts';
import type { BeginMessage, CommitMessage, RelationMessage } from '../pgoutput/messages.ts';
import { BatchApplier } from './apply/batch-applier.ts';
import type { ReplaySession } from './apply/replay-session.ts';
import { Batch, type BatchLimits } from './effect/batch.ts';
import { replayMismatch } from './mismatch.ts';
import { noCounts, type ReplayState, type TableCounts } from './replay-counts.ts';
import { type ReplayedTable, type RowsPlace, replayedTable } from './replayed-table.ts';
import { StreamError, streamDamaged } from './stream-damaged.ts';

/** A part of the stream, decompressed, whose messages are complete. */
export interface ReplaySegment {
  /** For errors. */
  readonly key: string;
  /** Of all its text, names included: that of the source's database. */
  readonly encoding: string;
  pieces(): AsyncIterable<Uint8Array>;
}

export interface ReplayRequest {
  readonly session: ReplaySession;
  /** In the order of the stream. One is open at a time. */
  readonly segments: AsyncIterable<ReplaySegment>;
  /** Whether a transaction is replayed: those that the base already has are not. */
  readonly includes: (transaction: BeginMessage) => boolean;
  /** The replay ends before the first commit record that begins here or later. */
  readonly until?: bigint;
  /** Where a table's rows are. Changes of tables that are undefined are passed over. */
  readonly placeOf: (relation: RelationMessage) => RowsPlace | undefined;
  /** What an interrupted replay has done. */
  readonly resumes?: ReplayState | undefined;
  /** Notes the state in the target, in the transaction that reaches it. */
  readonly save?: (state: ReplayState) => Promise<void>;
  readonly limits?: BatchLimits;
  readonly signal: AbortSignal;
  /** Called after each transaction of the target's. */
  readonly onState?: (state: ReplayState) => void;
}

/**
 * Replays captured changes on the rows of a base: net effect of many transactions, then one transaction of the target, which
 * also notes how far it came. The memory that it needs does not depend on the size of the stream, nor of a transaction in it. Throws
 * `replay-mismatch` when the changes do not fit the rows, and `changes-damaged`.
 */
export async function replay(request: ReplayRequest): Promise<ReplayState> {
  const run = new Replay(request);
  for await (const segment of request.segments) {
    request.signal.throwIfAborted();
    if (!(await run.segment(segment))) break;
  }
  return await run.finish();
}

/** Kinds of messages that carry rows: their table's OID follows. */
const ROWS: ReadonlySet<number> = new Set([...'IUD'].map((letter) => letter.charCodeAt(0)));

class Replay {
  readonly #request: ReplayRequest;
  readonly #applier: BatchApplier;
  readonly #tables = new Map<number, ReplayedTable | undefined>();
  readonly #counts: Map<string, TableCounts>;
  readonly #after: bigint;
  #batch: Batch;
  #decodeName = textDecoder('UTF8');
  #begun: BeginMessage | undefined;
  /** Whether the transaction that is read is replayed. */
  #isReplayed = false;
  #isOpen = false;
  #state: ReplayState;
  /** Whether transactions were read whose end is not noted yet. */
  #isBehind = false;

  constructor(request: ReplayRequest) {
    this.#request = request;
    this.#applier = new BatchApplier(request.session);
    this.#batch = new Batch(request.limits);
    this.#state = request.resumes ?? {
      commitLsn: null,
      committedAtMicros: null,
      transactions: 0,
      tables: {},
    };
    this.#after = parseLsn(this.#state.commitLsn ?? '') ?? -1n;
    this.#counts = new Map(Object.entries(this.#state.tables).map(([name, counts]) => [name, { ...counts }]));
  }

  /** False when the end was reached. */
  async segment({ key, encoding, pieces }: ReplaySegment): Promise<boolean> {
    const messages = new FramedMessages();
    this.#decodeName = textDecoder(encoding);
    try {
      for await (const piece of pieces()) {
        this.#request.signal.throwIfAborted();
        for (const bytes of messages.push(piece)) {
          if (!this.#read(bytes)) return false;
          if (this.#batch.isFull) await this.#flush();
          if (this.#isOpen && !this.#begun) await this.#commit();
        }
      }
      messages.end();
      if (this.#begun) throw new StreamError('ends within a transaction');
      return true;
    } catch (error) {
      throw streamDamaged(error, key);
    }
  }

  async finish(): Promise<ReplayState> {
    if (this.#isBehind || this.#isOpen) await this.#commit();
    await this.#applier.finish();
    return this.#state;
  }

  #read(bytes: Buffer): boolean {
    if (ROWS.has(bytes[0] ?? 0)) {
      // Most of a stream may be of others' tables, or be in the base already: it is not decoded.
      const isWanted = this.#isReplayed && bytes.length > 4 && this.#table(bytes.readUInt32BE(1));
      if (!isWanted) return true;
    }
    const message = decodeMessage(bytes, this.#decodeName);
    switch (message.kind) {
      case 'begin':
        return this.#begin(message);
      case 'commit':
        this.#end(message);
        return true;
      case 'relation':
        this.#tables.set(message.oid, this.#replayed(message));
        return true;
      case 'truncate':
        for (const oid of message.relations) {
          const table = this.#isReplayed ? this.#table(oid) : undefined;
          if (!table) continue;
          this.#batch.truncate(table);
          Object.assign(this.#countsOf(table), {
            truncated: this.#countsOf(table).truncated + 1,
            rowsMore: 0,
          });
        }
        return true;
      case 'insert':
      case 'update':
      case 'delete': {
        const table = this.#table(message.relation);
        if (!table) return true;
        this.#batch.add(table, message);
        const counts = this.#countsOf(table);
        if (message.kind === 'insert') counts.inserted += 1;
        else if (message.kind === 'update') counts.updated += 1;
        else counts.deleted += 1;
        if (message.kind !== 'update') counts.rowsMore += message.kind === 'insert' ? 1 : -1;
        return true;
      }
      default:
        return true;
    }
  }

  #begin(message: BeginMessage): boolean {
    if (this.#begun) throw new StreamError('begins a transaction within another');
    const { includes, until } = this.#request;
    if (until !== undefined && message.finalLsn >= until) return false;
    this.#begun = message;
    this.#isReplayed = message.finalLsn > this.#after && includes(message);
    return true;
  }

  #end({ commitLsn, committedAtMicros }: CommitMessage): void {
    if (this.#begun?.finalLsn !== commitLsn) throw new StreamError('ends another transaction than it began');
    this.#begun = undefined;
    if (!this.#isReplayed) return;
    this.#isReplayed = false;
    this.#isBehind = true;
    this.#state = {
      ...this.#state,
      commitLsn: formatLsn(commitLsn),
      committedAtMicros: String(committedAtMicros),
      transactions: this.#state.transactions + 1,
    };
  }

  /** What the batch holds goes into the target; the transaction there stays open until one of the source's ends. */
  async #flush(): Promise<void> {
    if (this.#batch.isEmpty) return;
    const batch = this.#batch;
    this.#batch = new Batch(this.#request.limits);
    if (!this.#isOpen) await this.#request.session.begin();
    this.#isOpen = true;
    await this.#applier.apply(batch);
  }

  async #commit(): Promise<void> {
    const { session, save, onState } = this.#request;
    await this.#flush();
    if (!this.#isOpen) await session.begin();
    this.#state = { ...this.#state, tables: Object.fromEntries(this.#counts) };
    await save?.(this.#state);
    await session.commit();
    this.#isOpen = false;
    this.#isBehind = false;
    onState?.(this.#state);
  }

  #table(oid: number): ReplayedTable | undefined {
    if (!this.#tables.has(oid)) throw new StreamError(`changes the table ${oid}, which it does not describe`);
    return this.#tables.get(oid);
  }

  #replayed(relation: RelationMessage): ReplayedTable | undefined {
    const place = this.#request.placeOf(relation);
    if (!place) return undefined;
    const before = this.#tables.get(relation.oid);
    if (before && !isDeepStrictEqual(before.relation, relation))
      throw replayMismatch(before.name, 'go on after its columns or its key changed');
    return before ?? replayedTable(relation, place);
  }

  #countsOf({ name }: ReplayedTable): TableCounts {
    const there = this.#counts.get(name);
    if (there) return there;
    const counts = noCounts();
    this.#counts.set(name, counts);
    return counts;
  }
}
