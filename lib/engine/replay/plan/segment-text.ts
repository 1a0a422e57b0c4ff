import type { LogEntry, Segment } from '../../archive/changes/change-records.ts';
import { readChunk } from '../../archive/codec/decode.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { ReplaySegment } from '../replay.ts';

/** The segments of some entries, each as its decompressed, checked text. Entries without changes have none. */
export async function* segmentsOf(
  store: ObjectStore,
  entries: AsyncIterable<LogEntry> | Iterable<LogEntry>,
  signal: AbortSignal,
): AsyncGenerator<ReplaySegment> {
  for await (const { segment } of entries)
    if (segment) yield { key: segment.key, pieces: () => segmentText(store, segment, signal) };
}

/** Throws `object-damaged` for bytes that are not those that were written, and what readChunk throws. */
export function segmentText(
  store: ObjectStore,
  { inline, key, sizeBytes, sha256 }: Segment,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const from = inline === undefined ? store : withInline(store, Buffer.from(inline, 'base64'));
  return readChunk(from, { key, sizeBytes, sha256 }, signal);
}

/** The store as if it held an object that an entry holds itself. */
function withInline(store: ObjectStore, bytes: Buffer): ObjectStore {
  return {
    url: store.url,
    identities: store.identities,
    async *get() {
      yield bytes;
    },
    put: (...all) => store.put(...all),
    upload: (...all) => store.upload(...all),
    head: (...all) => store.head(...all),
    list: (...all) => store.list(...all),
    close: async () => {},
  };
}
