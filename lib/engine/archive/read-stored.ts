import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { LifeboatError, messageOf } from '../errors.ts';
import { leaveOutServerOptions } from '../options/leave-out-options.ts';
import { MOST_WHOLE_BYTES, type ObjectStore, readObject } from '../storage/object-store.ts';
import type { Chunk, Manifest, ObjectPurpose, StoredObject } from './manifest.ts';

/** How much decompressed text is handed on at once. */
const PIECE_BYTES = 256 * 1024;

/**
 * The COPY text of a chunk, piece by piece. Whoever reads it to its end knows that the stored bytes were those that were
 * written: their size and SHA-256 are checked, and `object-damaged` is thrown before the stream ends when they differ.
 */
export async function* readChunk(
  store: ObjectStore,
  chunk: Chunk,
  signal: AbortSignal,
  pieceBytes = PIECE_BYTES,
): AsyncGenerator<Uint8Array> {
  const decompress = createZstdDecompress({ chunkSize: pieceBytes });
  const feeding = pipeline(checked(store, chunk, signal), decompress, { signal });
  // The reader below meets the same failure; this promise is looked at only after it.
  feeding.catch(() => {});
  try {
    for await (const piece of decompress) yield piece as Buffer;
    await feeding;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof LifeboatError
      ? error
      : damaged(chunk.key, `does not decompress: ${messageOf(error)}`);
  } finally {
    decompress.destroy();
  }
}

/**
 * A file of the archive that is held in memory, checked like a chunk. Undefined when the backup has none. Of the schema
 * without options that the source's server kept by itself, which older versions of Lifeboat took for the user's.
 */
export async function readFileOf(
  store: ObjectStore,
  manifest: Manifest,
  purpose: ObjectPurpose,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const object = manifest.objects.find((one) => one.purpose === purpose);
  if (!object) return undefined;
  const bytes = await readObject(store, object.key, { signal });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length !== object.sizeBytes || sha256 !== object.sha256) {
    throw damaged(object.key, 'is not what was written');
  }
  const content = object.key.endsWith('.zst') ? decompressed(bytes, object.key) : bytes;
  return purpose === 'pre-data' || purpose === 'post-data' ? leaveOutServerOptions(content) : content;
}

/** A few kilobytes of zstd can stand for gigabytes. */
function decompressed(bytes: Buffer, key: string): Buffer {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: MOST_WHOLE_BYTES });
  } catch (error) {
    throw damaged(key, `does not decompress into ${MOST_WHOLE_BYTES / 1024 / 1024} MiB: ${messageOf(error)}`);
  }
}

async function* checked(
  store: ObjectStore,
  { key, sizeBytes, sha256 }: StoredObject,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const piece of store.get(key, { signal })) {
    length += piece.length;
    hash.update(piece);
    yield piece;
  }
  if (length !== sizeBytes) throw damaged(key, `has ${length} bytes, ${sizeBytes} were written`);
  if (hash.digest('hex') !== sha256) throw damaged(key, 'is not what was written: its SHA-256 differs');
}

function damaged(key: string, problem: string): LifeboatError {
  return new LifeboatError({
    code: 'object-damaged',
    kind: 'verification',
    what: `${key} ${problem}.`,
    meaning: 'This backup cannot be restored whole.',
    remedy: 'Run `lifeboat verify` on it to see everything that is damaged, and restore from another backup.',
  });
}
