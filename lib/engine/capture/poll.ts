import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Recipients } from '../age/recipients.ts';
import { newSegmentKey } from '../archive/changes/change-keys.ts';
import type { Epoch, Segment } from '../archive/changes/change-records.ts';
import { storeSegment } from '../archive/changes/segments.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { formatLsn } from '../pgoutput/lsn.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { ChangeStream } from './change-stream.ts';

export interface PollOrder {
  readonly client: pg.Client;
  readonly store: ObjectStore;
  readonly epoch: Epoch;
  readonly number: number;
  /** What is in the vault already. */
  readonly knownTo: bigint;
  readonly upto: bigint;
  readonly recipients: Recipients | undefined;
  /** From then on the poll ends at the next commit. */
  readonly isTimeShort: () => boolean;
  /** Called before the first new byte is stored; if it throws, nothing is. */
  readonly beforeStore: () => Promise<void>;
  readonly signal: AbortSignal;
}

export interface Polled {
  readonly stream: ChangeStream;
  readonly to: bigint;
  readonly segment: Segment | undefined;
  /** The reading was cut short, so the session is of no more use. */
  readonly cut: boolean;
}

/** Streams what the slot has up to an LSN that was read before into a segment. Memory stays flat whatever a transaction's size. */
export async function poll(order: PollOrder): Promise<Polled> {
  const { client, store, epoch, number, knownTo, upto, recipients, signal } = order;
  const stream = new ChangeStream(knownTo, order.isTimeShort);
  // Text is converted for the client; in the database's own encoding it stays as it is.
  await client.query(`BEGIN READ ONLY; SET LOCAL client_encoding = ${quoteLiteral(epoch.server.encoding)}`);
  const copy = client.query(copyTo(peekStatement(epoch, upto)));
  const abort = () => copy.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  const key = newSegmentKey(epoch, number, recipients !== undefined);
  try {
    signal.throwIfAborted();
    const stored = await storeSegment(
      { store, key, signal, recipients },
      leased(stream.read(copy), order.beforeStore),
    );
    if (!stream.cut) await client.query('COMMIT');
    const seenTo = stream.seenTo ?? 0n;
    return {
      stream,
      to: stream.cut ? seenTo : seenTo > upto ? seenTo : upto,
      cut: stream.cut,
      segment: stored && {
        ...stored,
        rawBytes: stream.rawBytes,
        messages: stream.messages,
        transactions: stream.transactions,
        ...(stream.earliest ? { earliestCommitAt: stream.earliest.toISOString() } : {}),
        ...(stream.latest ? { latestCommitAt: stream.latest.toISOString() } : {}),
      },
    };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Never by a number of changes: that cannot cut a transaction, and where it ended is not told (PostgreSQL manual, "Logical Decoding SQL Functions"). */
function peekStatement({ slot, publication }: Epoch, upto: bigint): string {
  const options = ['proto_version', '1', 'publication_names', quotedName(publication), 'messages', 'true'];
  return `COPY (SELECT data FROM pg_catalog.pg_logical_slot_peek_binary_changes(${quoteLiteral(slot.name)}, ${quoteLiteral(formatLsn(upto))}, NULL, ${options.map(quoteLiteral).join(', ')})) TO STDOUT (FORMAT binary)`;
}

/** The option is a list of identifiers. */
function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function* leased(pieces: AsyncIterable<Buffer>, before: () => Promise<void>): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const piece of pieces) {
    if (isFirst) await before();
    isFirst = false;
    yield piece;
  }
}
