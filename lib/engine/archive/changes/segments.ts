import { createHash } from 'node:crypto';
import { encrypt } from '../../age/encrypt.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { readChunk } from '../codec/decode.ts';
import { type Destination, isEncrypted, storeChunk } from '../codec/encode.ts';
import { compressToOneFrame } from '../codec/one-frame.ts';
import type { StoredObject } from '../manifest.ts';
import type { Segment } from './change-records.ts';

/** Stored bytes that a log entry carries itself. In base64 they have a third more. */
const MOST_INLINE_BYTES = 48 * 1024;
/** Less text than this is compressed in memory, and may turn out to fit into the entry. */
const MOST_WHOLE_BYTES = 1024 * 1024;

export type StoredSegment = StoredObject & Pick<Segment, 'inline'>;

/**
 * Stores the messages of a poll, each after its length in four bytes (the highest first). A short text becomes part of
 * the entry (`inline`); a long one is streamed into an object. Undefined if there is not a byte.
 */
export async function storeSegment(
  destination: Destination,
  pieces: AsyncIterable<Uint8Array>,
): Promise<StoredSegment | undefined> {
  const source = pieces[Symbol.asyncIterator]();
  const first = await gather(source);
  if (first.length === 0) return undefined;
  if (first.length < MOST_WHOLE_BYTES) {
    const bytes = await encoded(destination, first);
    if (bytes.length <= MOST_INLINE_BYTES)
      return { ...objectOf(destination.key, bytes), inline: bytes.toString('base64') };
  }
  async function* all() {
    yield first;
    yield* { [Symbol.asyncIterator]: () => source };
  }
  return await storeChunk(destination, all());
}

/** The text of a segment, in pieces that may be cut anywhere, each valid until the next. Checks it as readChunk does. */
export async function* readSegment(
  store: ObjectStore,
  { key, sizeBytes, sha256, inline }: Segment,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const from = inline === undefined ? store : holding(store, Buffer.from(inline, 'base64'));
  yield* readChunk(from, { key, sizeBytes, sha256 }, signal);
}

async function encoded({ key, recipients }: Destination, text: Uint8Array): Promise<Buffer> {
  const compressed = await compressToOneFrame(text);
  if (!isEncrypted(key)) return compressed;
  if (recipients === undefined) throw new TypeError(`${key} needs recipients`);
  async function* whole() {
    yield compressed;
  }
  return Buffer.concat(await Array.fromAsync(encrypt(recipients, whole())));
}

function objectOf(key: string, bytes: Uint8Array): StoredObject {
  return { key, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The store, with these bytes for every key: what reads objects reads them, too. */
function holding(store: ObjectStore, bytes: Uint8Array): ObjectStore {
  async function* get() {
    yield bytes;
  }
  return { url: store.url, identities: store.identities, get } as unknown as ObjectStore;
}

async function gather(source: AsyncIterator<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let bytes = 0; bytes < MOST_WHOLE_BYTES; bytes += pieces.at(-1)?.length ?? 0) {
    const { value, done } = await source.next();
    if (done) break;
    // A copy: a piece is valid until the next is asked for.
    pieces.push(Buffer.from(value));
  }
  return Buffer.concat(pieces);
}
