import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { StoredObject } from '../manifest.ts';
import { compress } from './compress.ts';
import { compressToOneFrame, oneFrame } from './one-frame.ts';

/** Where to store an object of an attempt: no other run writes into its folder, so nothing is there yet. */
export interface Destination {
  readonly store: ObjectStore;
  readonly key: string;
  readonly signal: AbortSignal;
}

export interface CompressedDestination extends Destination {
  /** zstd level. @default 1 or 3, whichever makes the rows smaller */
  readonly compressionLevel?: number | undefined;
}

/** An object whose key ends with this is one zstd frame. All other objects are stored uncompressed. */
const COMPRESSED = '.zst';

export function isCompressed(key: string): boolean {
  return key.endsWith(COMPRESSED);
}

/** Stores bytes from memory, compressed if the key ends in `.zst`. */
export async function storeWhole(
  { store, key, signal }: Destination,
  content: Uint8Array | string,
): Promise<StoredObject> {
  const plain = typeof content === 'string' ? Buffer.from(content) : content;
  const bytes = isCompressed(key) ? await compressToOneFrame(plain) : plain;
  await store.put(key, bytes, { soleWriter: true, signal });
  return { key, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Stores text of any size uncompressed, a piece at a time. */
export async function storeText(
  destination: Destination,
  pieces: AsyncIterable<string>,
): Promise<StoredObject> {
  async function* encoded() {
    for await (const piece of pieces) yield Buffer.from(piece);
  }
  return await storeStream(destination, encoded());
}

/**
 * Stores rows as COPY sends them, in one zstd frame with a checksum. It is one stream with backpressure,
 * without temporary files.
 */
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
  const { sizeBytes } = await store.upload(key, hashed(pieces, hash), { soleWriter: true, signal });
  return { key, sizeBytes, sha256: hash.digest('hex') };
}

async function* hashed(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
