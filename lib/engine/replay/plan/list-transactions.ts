import type { LogEntry } from '../../archive/changes/change-records.ts';
import { readEpochs } from '../../archive/changes/epochs.ts';
import { textDecoder } from '../../ground/encodings.ts';
import { commitTime } from '../../pgoutput/commit-time.ts';
import { decodeMessage } from '../../pgoutput/decode-message.ts';
import { FramedMessages } from '../../pgoutput/framed-messages.ts';
import { formatLsn } from '../../pgoutput/lsn.ts';
import type { BeginMessage } from '../../pgoutput/messages.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { ReplaySegment } from '../replay.ts';
import { streamDamaged } from '../stream-damaged.ts';
import { type EpochLog, entriesFrom, openLog } from './epoch-log.ts';
import { firstEntry } from './first-entry.ts';
import { noChanges } from './refusals.ts';
import { segmentsOf } from './segment-text.ts';

/** A transaction of the source, and how many rows of which tables it changed. */
export interface ListedTransaction {
  readonly xid: number;
  readonly epoch: number;
  readonly commitLsn: string;
  readonly committedAt: string;
  readonly tables: ReadonlyArray<{
    readonly name: string;
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
    readonly truncated: boolean;
  }>;
}

export interface ListRequest {
  readonly store: ObjectStore;
  readonly source: string;
  /** @default the newest that were captured */
  readonly around?: Date;
  /** So many before the time, and so many after it. @default 50 */
  readonly most?: number;
  readonly signal: AbortSignal;
}

const MOST = 50;
/** How far before the time segments are read: there may be fewer transactions than were asked for. */
const BACK_MS = 60 * 60_000;

/** The transactions around a time, in the order of their commits. Holds no more than it returns, whatever the log holds. */
export async function listTransactions(request: ListRequest): Promise<ListedTransaction[]> {
  const { store, source, around, most = MOST, signal } = request;
  const epochs = await readEpochs(store, source, signal);
  if (epochs.length === 0) throw noChanges(source, store.url);
  let before: ListedTransaction[] = [];
  const after: ListedTransaction[] = [];
  for (const epoch of epochs) {
    const log = await openLog(store, epoch, signal);
    if (!log || (around && isOver(log.head, around))) continue;
    for await (const entry of entriesFrom(store, log, await firstToList(log, request), signal)) {
      if (around && isOver(entry, around)) continue;
      for await (const segment of segmentsOf(store, log, [entry], signal)) {
        for await (const one of transactionsOf(segment, epoch.record.epoch)) {
          if (around && new Date(one.committedAt) > around) after.push(one);
          else before.push(one);
          if (before.length > 2 * most) before = before.slice(-most);
          if (after.length >= most) return [...before.slice(-most), ...after];
        }
      }
    }
  }
  return [...before.slice(-most), ...after];
}

/** Entries before it have only transactions that are not asked for. */
async function firstToList(
  log: EpochLog,
  { store, around, most = MOST, signal }: ListRequest,
): Promise<number> {
  const all = log.head.soFar?.transactions ?? 0;
  const mayHave = ({ soFar }: LogEntry) => {
    if (!soFar) return undefined;
    if (around) return Date.parse(soFar.latestCommitAt ?? '') >= around.getTime() - BACK_MS;
    return soFar.transactions > all - most;
  };
  const first = (await firstEntry(store, log, log.first, mayHave, signal)) ?? log.first;
  return Math.min(first, log.head.number);
}

function isOver({ segment, clock }: LogEntry, around: Date): boolean {
  const last = segment?.latestCommitAt ?? clock;
  return new Date(last).getTime() < around.getTime() - BACK_MS;
}

type Counts = { inserted: number; updated: number; deleted: number; truncated: boolean };

/** Only the types of messages and their tables are looked at, so a transaction of any size is counted in flat memory. */
async function* transactionsOf(
  { key, encoding, pieces }: ReplaySegment,
  epoch: number,
): AsyncGenerator<ListedTransaction> {
  const framed = new FramedMessages();
  const decodeName = textDecoder(encoding);
  const names = new Map<number, string>();
  let begun: BeginMessage | undefined;
  let tables = new Map<string, Counts>();
  const countsOf = (oid: number): Counts => {
    const name = names.get(oid) ?? `table ${oid}`;
    const counts = tables.get(name) ?? { inserted: 0, updated: 0, deleted: 0, truncated: false };
    tables.set(name, counts);
    return counts;
  };
  try {
    for await (const piece of pieces()) {
      for (const bytes of framed.push(piece)) {
        const letter = String.fromCharCode(bytes[0] ?? 0);
        if (letter === 'I') countsOf(bytes.readUInt32BE(1)).inserted += 1;
        else if (letter === 'U') countsOf(bytes.readUInt32BE(1)).updated += 1;
        else if (letter === 'D') countsOf(bytes.readUInt32BE(1)).deleted += 1;
        else {
          const message = decodeMessage(bytes, decodeName);
          if (message.kind === 'relation') names.set(message.oid, `${message.schema}.${message.name}`);
          if (message.kind === 'truncate')
            for (const oid of message.relations) countsOf(oid).truncated = true;
          if (message.kind === 'begin') {
            begun = message;
            tables = new Map();
          }
          if (message.kind === 'commit' && begun) yield listed(begun, tables, epoch);
        }
      }
    }
    framed.end();
  } catch (error) {
    throw streamDamaged(error, key);
  }
}

function listed(
  { xid, finalLsn, committedAtMicros }: BeginMessage,
  tables: ReadonlyMap<string, Counts>,
  epoch: number,
): ListedTransaction {
  return {
    xid,
    epoch,
    commitLsn: formatLsn(finalLsn),
    committedAt: commitTime(committedAtMicros),
    tables: [...tables].map(([name, counts]) => ({ name, ...counts })),
  };
}
