import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { StoredObject } from '../manifest.ts';
import { compress } from './compress.ts';
import { compressToOneFrame, oneFrame } from './one-frame.ts';

/** Where an object goes. What stands there already is never written over by {@link storeWhole}. */
export interface Destination {
  readonly store: ObjectStore;
  readonly key: string;
  readonly signal: AbortSignal;
}

export interface CompressedDestination extends Destination {
  /** zstd's; the one of 3 and 1 that makes less of the rows unless given. */
  readonly compressionLevel?: number | undefined;
}

/** A key that ends so holds one zstd frame; what has another key is stored as it is. */
const COMPRESSED = '.zst';

export function isCompressed(key: string): boolean {
  return key.endsWith(COMPRESSED);
}

/** Stores what is held in memory already: compressed where its key says so. */
export async function storeWhole(
  { store, key, signal }: Destination,
  content: Uint8Array | string,
): Promise<StoredObject> {
  const plain = typeof content === 'string' ? Buffer.from(content) : content;
  const bytes = isCompressed(key) ? await compressToOneFrame(plain) : plain;
  await store.put(key, bytes, { ifAbsent: true, signal });
  return { key, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Stores text of any size as it is, a piece at a time. */
export async function storeText(
  destination: Destination,
  pieces: AsyncIterable<string>,
): Promise<StoredObject> {
  async function* encoded() {
    for await (const piece of pieces) yield Buffer.from(piece);
  }
  return await storeStream(destination, encoded());
}

/** Stores rows as COPY sends them, as one zstd frame with a checksum: one stream with backpressure, nothing touches a disk. */
export async function storeChunk(
  destination: CompressedDestination,
  pieces: AsyncIterable<Uint8Array>,
): Promise<StoredObject> {
  const { compressionLevel: level, signal } = destination;
  let stored: StoredObject | undefined;
  await pipeline(
    pieces,
    compress({ level, signal }),
    oneFrame,
    async (frame) => {
      stored = await storeStream(destination, frame);
    },
    { signal },
  );
  return stored as StoredObject;
}

async function storeStream(
  { store, key, signal }: Destination,
  pieces: AsyncIterable<Uint8Array>,
): Promise<StoredObject> {
  const hash = createHash('sha256');
  const { sizeBytes } = await store.upload(key, hashed(pieces, hash), { signal });
  return { key, sizeBytes, sha256: hash.digest('hex') };
}

async function* hashed(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
