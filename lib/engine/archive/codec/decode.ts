import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import { AgeFileError, NoKeyFitsError } from '../../age/age-file-error.ts';
import { LifeboatError, messageOf } from '../../ground/errors.ts';
import {
  MOST_WHOLE_BYTES,
  ObjectMissingError,
  type ObjectStore,
  ObjectTruncatedError,
  objectTooLarge,
} from '../../storage/object-store.ts';
import { type Chunk, MOST_SHARED_BYTES, type StoredObject } from '../manifest.ts';
import { isCompressed } from './encode.ts';
import { identityDoesNotFit, openEncrypted } from './open-encrypted.ts';
import { SharedTexts } from './shared-texts.ts';
import { StoredBytes } from './stored-bytes.ts';

// Not by name: an older Node.js has no zstd, and could not even load the module to say so (bin/require-node.mjs).
const { createZstdDecompress, zstdDecompressSync } = zlib;

/**
 * The size of a piece of decompressed text. With Node's default of 16 KiB, callbacks would take most of the
 * time.
 */
const PIECE_BYTES = 256 * 1024;

/** The text of a chunk is an object's, or the part of it that the chunk names. */
export type StoredText = StoredObject & Partial<Pick<Chunk, 'part'>>;

/** Of each vault that is read. */
const sharedTexts = new WeakMap<ObjectStore, SharedTexts>();

/**
 * Yields the text of a chunk that {@link storeChunk} or {@link storeShared} stored, piece by piece; the caller must not change it.
 * If the stored bytes differ from those that were written, or are missing, it throws `object-damaged` before the stream ends. Decrypts
 * with the store's identities, and throws `identity-missing` or `identity-does-not-fit`.
 */
export async function* readChunk(
  store: ObjectStore,
  chunk: StoredText,
  signal: AbortSignal,
  pieceBytes = PIECE_BYTES,
): AsyncGenerator<Uint8Array> {
  const { key, part } = chunk;
  if (!part) return yield* readText(store, chunk, signal, pieceBytes);
  const texts = sharedTexts.get(store) ?? new SharedTexts();
  sharedTexts.set(store, texts);
  const whole = await texts.of(chunk, () => readSharedText(store, chunk, signal));
  const { from, to } = part;
  if (to > whole.length)
    throw objectDamaged(key, `has ${whole.length} bytes of text, and the manifest says at least ${to}`);
  for (let at = from; at < to; at += pieceBytes) yield whole.subarray(at, Math.min(to, at + pieceBytes));
}

async function readSharedText(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of readText(store, object, signal, PIECE_BYTES)) {
    bytes += piece.length;
    if (bytes > MOST_SHARED_BYTES)
      throw objectDamaged(object.key, `decompresses into more than ${MOST_SHARED_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function* readText(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
  pieceBytes: number,
): AsyncGenerator<Uint8Array> {
  try {
    yield* decompress(openEncrypted(store, object.key, checkedBytes(store, object, signal)), pieceBytes);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AgeFileError) throw await notOpened(error, store, object, signal);
    throw error instanceof LifeboatError
      ? error
      : objectDamaged(object.key, `does not decompress: ${messageOf(error)}`);
  }
}

/** Reads the content of an object into memory, with the same check. Also throws `object-too-large`. */
export async function readWhole(
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): Promise<Buffer> {
  if (object.sizeBytes > MOST_WHOLE_BYTES) throw objectTooLarge(object.key, store.url);
  const opened = openEncrypted(store, object.key, checkedBytes(store, object, signal));
  const bytes = await Array.fromAsync(opened).then(Buffer.concat, async (error: unknown) => {
    throw error instanceof AgeFileError ? await notOpened(error, store, object, signal) : error;
  });
  try {
    return contentOf(object.key, bytes);
  } catch (error) {
    throw objectDamaged(object.key, messageOf(error));
  }
}

/**
 * Decodes stored bytes in memory. Throws, with words that complete "this object …", if they do not decompress
 * into at most {@link MOST_WHOLE_BYTES}: a few kilobytes of zstd can decompress into gigabytes.
 */
export function contentOf(key: string, bytes: Buffer): Buffer {
  if (!isCompressed(key)) return bytes;
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: MOST_WHOLE_BYTES });
  } catch (error) {
    throw new Error(`does not decompress into ${MOST_WHOLE_BYTES / 1024 / 1024} MiB: ${messageOf(error)}`);
  }
}

/** Decompresses pieces. Throws the error of the decompressor or of the pieces. */
export async function* decompress(
  pieces: AsyncIterable<Uint8Array>,
  pieceBytes = PIECE_BYTES,
): AsyncGenerator<Buffer> {
  const decompressor = createZstdDecompress({ chunkSize: pieceBytes });
  const feeding = pipeline(pieces, decompressor);
  // The reader below gets the same failure, before this promise is awaited.
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
  try {
    yield* stored.pieces();
  } catch (error) {
    // The manifest was sealed when every object was there: what lacks now, or lacks its end, was lost since.
    const isLost = error instanceof ObjectMissingError || error instanceof ObjectTruncatedError;
    throw isLost ? objectDamaged(object.key, String(stored.verdict().problem)) : error;
  }
  const { verdict, problem } = stored.verdict();
  if (verdict !== 'match') throw objectDamaged(object.key, String(problem));
}

/** The error for an object that could not be decrypted: it is damaged, or encrypted to others. */
async function notOpened(
  error: AgeFileError,
  store: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
): Promise<LifeboatError> {
  if (!(error instanceof NoKeyFitsError)) return objectDamaged(object.key, error.message);
  // A damaged header looks as if it were somebody else's. Its bytes tell the two apart.
  for await (const _piece of checkedBytes(store, object, signal));
  return identityDoesNotFit(object.key, (await store.identities?.recipients()) ?? []);
}

export function objectDamaged(key: string, problem: string): LifeboatError {
  return new LifeboatError({
    code: 'object-damaged',
    kind: 'verification',
    what: `${key} ${problem}.`,
    meaning: 'This backup cannot be restored completely.',
    remedy:
      'Use another backup; `lifeboat list` shows them. `lifeboat verify` on this one names everything that is damaged.',
  });
}
