import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { LifeboatError, messageOf } from '../../ground/errors.ts';
import { MOST_WHOLE_BYTES, type ObjectStore, objectTooLarge } from '../../storage/object-store.ts';
import type { StoredObject } from '../manifest.ts';
import { isCompressed } from './encode.ts';
import { StoredBytes } from './stored-bytes.ts';

/** How much decompressed text is handed on at once. Node's own 16 KiB would spend its time on callbacks. */
const PIECE_BYTES = 256 * 1024;

/**
 * The text of an object that {@link storeChunk} stored, piece by piece. Whoever reads it to its end knows that the stored
 * bytes were those that were written: `object-damaged` is thrown before the stream ends when they differ.
 */
export async function* readChunk(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
  pieceBytes = PIECE_BYTES,
): AsyncGenerator<Uint8Array> {
  try {
    yield* decompress(checkedBytes(store, object, signal), pieceBytes);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof LifeboatError
      ? error
      : objectDamaged(object.key, `does not decompress: ${messageOf(error)}`);
  }
}

/** The content of an object that is held in memory, checked likewise. Throws `object-too-large` besides. */
export async function readWhole(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): Promise<Buffer> {
  if (object.sizeBytes > MOST_WHOLE_BYTES) throw objectTooLarge(object.key, store.url);
  const bytes = Buffer.concat(await Array.fromAsync(checkedBytes(store, object, signal)));
  try {
    return contentOf(object.key, bytes);
  } catch (error) {
    throw objectDamaged(object.key, messageOf(error));
  }
}

/**
 * What stored bytes stand for that lie in memory. Throws, with words that complete "this object …", when they do not decompress
 * into {@link MOST_WHOLE_BYTES}: a few kilobytes of zstd can stand for gigabytes.
 */
export function contentOf(key: string, bytes: Buffer): Buffer {
  if (!isCompressed(key)) return bytes;
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: MOST_WHOLE_BYTES });
  } catch (error) {
    throw new Error(`does not decompress into ${MOST_WHOLE_BYTES / 1024 / 1024} MiB: ${messageOf(error)}`);
  }
}

/** Throws what the decompressor throws, or whoever gives the pieces. */
export async function* decompress(
  pieces: AsyncIterable<Uint8Array>,
  pieceBytes = PIECE_BYTES,
): AsyncGenerator<Buffer> {
  const decompressor = createZstdDecompress({ chunkSize: pieceBytes });
  const feeding = pipeline(pieces, decompressor);
  // The reader below meets the same failure; this promise is looked at only after it.
  feeding.catch(() => {});
  try {
    yield* decompressor as AsyncIterable<Buffer>;
    await feeding;
  } finally {
    decompressor.destroy();
  }
}

async function* checkedBytes(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stored = new StoredBytes(store, object, signal);
  yield* stored.pieces();
  const { verdict, problem } = stored.verdict();
  if (verdict !== 'match') throw objectDamaged(object.key, String(problem));
}

export function objectDamaged(key: string, problem: string): LifeboatError {
  return new LifeboatError({
    code: 'object-damaged',
    kind: 'verification',
    what: `${key} ${problem}.`,
    meaning: 'This backup cannot be restored whole.',
    remedy: 'Run `lifeboat verify` on it to see everything that is damaged, and restore from another backup.',
  });
}
