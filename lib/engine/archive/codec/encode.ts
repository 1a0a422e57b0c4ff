import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { encrypt } from '../../age/encrypt.ts';
import type { Recipients } from '../../age/recipients.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { untilAborted } from '../../storage/until-aborted.ts';
import type { StoredObject } from '../manifest.ts';
import { compress, compressWhole, gather, SAMPLE_BYTES } from './compress.ts';
import { compressToOneFrame, oneFrame } from './one-frame.ts';

/** Where to store an object of an attempt: no other run writes into its folder, so nothing is there yet. */
export interface Destination {
  readonly store: ObjectStore;
  readonly key: string;
  readonly signal: AbortSignal;
  /** Who can open the object. Needed if the key ends in `.age`, and not used otherwise. */
  readonly recipients?: Recipients | undefined;
}

export interface CompressedDestination extends Destination {
  /** zstd level. @default 1 or 3, whichever makes the rows smaller */
  readonly compressionLevel?: number | undefined;
}

/** An object whose key ends with this is one zstd frame. All other objects are stored uncompressed. */
const COMPRESSED = '.zst';
/** An object whose key ends with this is an age file. It was compressed before, if `.zst` comes before it. */
export const ENCRYPTED = '.age';

export function isEncrypted(key: string): boolean {
  return key.endsWith(ENCRYPTED);
}

export function isCompressed(key: string): boolean {
  return (isEncrypted(key) ? key.slice(0, -ENCRYPTED.length) : key).endsWith(COMPRESSED);
}

/** Stores bytes from memory, compressed and encrypted as the key's end says. */
export async function storeWhole(
  destination: Destination,
  content: Uint8Array | string,
): Promise<StoredObject> {
  const { key } = destination;
  const plain = typeof content === 'string' ? Buffer.from(content) : content;
  return await storeBytes(destination, isCompressed(key) ? await compressToOneFrame(plain) : plain);
}

/** Stores bytes that are compressed already, if the key says that they are. */
async function storeBytes(destination: Destination, compressed: Uint8Array): Promise<StoredObject> {
  const { store, key, signal } = destination;
  const bytes = isEncrypted(key)
    ? Buffer.concat(await Array.fromAsync(encrypted(destination, oneByOne(compressed))))
    : compressed;
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
 * Stores rows as COPY sends them, in one zstd frame with a checksum, encrypted if the key says so. It is one stream with backpressure,
 * without temporary files. Rows that fit into memory, as those of most tables do, are compressed and written in one step.
 */
export async function storeChunk(
  destination: CompressedDestination,
  pieces: AsyncIterable<Uint8Array>,
): Promise<StoredObject> {
  return await (await takeChunk(destination, pieces)).stored;
}

/** Stores rows of several tables, one after the other, in one object that they share: as {@link storeChunk} stores those of one. */
export async function storeShared(
  destination: CompressedDestination,
  text: Uint8Array,
): Promise<StoredObject> {
  return await storeBytes(destination, await compressWhole(text, destination.compressionLevel));
}

/**
 * The same, but comes back once all pieces were taken: their reader may go on while rows that fit into memory are compressed and
 * written. `stored` must be awaited.
 */
export async function takeChunk(
  destination: CompressedDestination,
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ readonly stored: Promise<StoredObject> }> {
  const source = untilAborted(pieces, destination.signal);
  const beginning = await gather(source);
  if (beginning.length >= SAMPLE_BYTES)
    return { stored: Promise.resolve(await storeInPieces(destination, beginning, source)) };
  const whole = compressWhole(beginning, destination.compressionLevel);
  return { stored: whole.then((frame) => storeBytes(destination, frame)) };
}

async function storeInPieces(
  destination: CompressedDestination,
  beginning: Buffer,
  source: AsyncIterable<Uint8Array>,
): Promise<StoredObject> {
  const { compressionLevel: level, signal } = destination;
  let stored: StoredObject | undefined;
  await pipeline(
    async function* () {
      yield beginning;
      yield* source;
    },
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
  destination: Destination,
  pieces: AsyncIterable<Uint8Array>,
): Promise<StoredObject> {
  const { store, key, signal } = destination;
  const hash = createHash('sha256');
  const stored = hashed(encrypted(destination, pieces), hash);
  const { sizeBytes } = await store.upload(key, stored, { soleWriter: true, signal });
  return { key, sizeBytes, sha256: hash.digest('hex') };
}

/** Encrypts pieces if the key says so. */
function encrypted(
  { key, recipients }: Destination,
  pieces: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  if (!isEncrypted(key)) return pieces;
  if (recipients === undefined) throw new TypeError(`${key} needs recipients`);
  return encrypt(recipients, pieces);
}

async function* oneByOne(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function* hashed(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
