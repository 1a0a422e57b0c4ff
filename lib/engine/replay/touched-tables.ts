import { textDecoder } from '../ground/encodings.ts';
import { decodeMessage } from '../pgoutput/decode-message.ts';
import { FramedMessages } from '../pgoutput/framed-messages.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { entriesFrom } from './plan/epoch-log.ts';
import type { PlannedMoment } from './plan/moment.ts';
import { segmentsOf } from './plan/segment-text.ts';
import { streamDamaged } from './stream-damaged.ts';
import { visibleIn } from './visibility.ts';

/** Kinds of messages that carry a row: their table's OID follows. */
const ROWS: ReadonlySet<string> = new Set('IUD');

/**
 * The tables, as `schema.table`, that a moment has other rows of than its base: all others need no replay. Reads the stream once, and
 * decodes no row.
 */
export async function touchedTables(
  store: ObjectStore,
  { base, log, entries, until }: PlannedMoment,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const isInBase = visibleIn(base.snapshot);
  const names = new Map<number, string>();
  const touched = new Set<string>();
  const touch = (oid: number) => touched.add(names.get(oid) ?? `table ${oid}`);
  const wanted = entriesFrom(store, log, entries.from, signal, entries.to);
  for await (const { key, encoding, pieces } of segmentsOf(store, log, wanted, signal)) {
    const framed = new FramedMessages();
    const decodeName = textDecoder(encoding);
    let counts = false;
    try {
      for await (const piece of pieces()) {
        for (const bytes of framed.push(piece)) {
          if (ROWS.has(String.fromCharCode(bytes[0] ?? 0))) {
            if (counts) touch(bytes.readUInt32BE(1));
            continue;
          }
          const message = decodeMessage(bytes, decodeName);
          if (message.kind === 'relation') names.set(message.oid, `${message.schema}.${message.name}`);
          if (message.kind === 'begin') {
            if (message.finalLsn >= until) return touched;
            counts = !isInBase(message);
          }
          if (message.kind === 'truncate' && counts) for (const oid of message.relations) touch(oid);
        }
      }
      framed.end();
    } catch (error) {
      throw streamDamaged(error, key);
    }
  }
  return touched;
}
