import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { type ContentDigest, RowDigest } from '../copy-text/row-digest.ts';
import { messageOf } from '../errors.ts';
import { ObjectMissingError, type ObjectStore, ObjectTruncatedError } from '../storage/object-store.ts';
import type { Chunk, StoredObject } from './manifest.ts';
import { ZstdFrame } from './zstd-frame.ts';

export type ObjectVerdict = 'match' | 'damaged' | 'unreadable';

/** How much decompressed text is handed on at once. Node's own 16 KiB would spend its time on callbacks. */
const PIECE_BYTES = 256 * 1024;

/** What was found of one object. `problem` completes the sentence "this object …". */
export interface ObjectCheck {
  readonly verdict: ObjectVerdict;
  readonly problem?: string;
  /** Bytes that were fetched. */
  readonly readBytes: number;
  /** The reason of `unreadable`, as the store threw it. */
  readonly cause?: unknown;
}

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Fetches a chunk once: size, SHA-256, zstd frames, rows, digest. Holds one row and one piece of the stream. */
export async function checkChunk(
  store: ObjectStore,
  expected: Chunk,
  options: CheckOptions = {},
): Promise<ObjectCheck> {
  const reading = new StoredBytes(store, expected, options);
  const frame = new ZstdFrame();
  const digest = new RowDigest();
  let rawBytes = 0;
  let contentProblem: string | undefined;
  let found: ContentDigest | undefined;
  try {
    await pipeline(
      framed(reading.pieces(), frame),
      createZstdDecompress({ chunkSize: PIECE_BYTES }),
      async (decompressed: AsyncIterable<Buffer>) => {
        for await (const piece of decompressed) {
          rawBytes += piece.length;
          // Stops a chunk that would decompress for hours; it is damaged whatever follows.
          if (rawBytes > expected.rawBytes) throw new Error('more than was read');
          digest.update(piece);
        }
      },
    );
    found = digest.finish();
  } catch (error) {
    options.signal?.throwIfAborted();
    contentProblem = `is not one zstd frame of whole rows: ${messageOf(error)}`;
  }
  // What decompression stopped at is only a consequence when the stored bytes are not those that were written.
  const stored = reading.ended ? reading.verdict() : await checkStoredBytes(store, expected, options);
  if (stored.verdict !== 'match') return stored;
  const problem = contentProblem ?? (found && differenceOf(expected, found));
  return problem ? { ...stored, verdict: 'damaged', problem } : stored;
}

/** Fetches any object: size and SHA-256. `onPiece` sees every piece on its way. */
export async function checkStoredBytes(
  store: ObjectStore,
  expected: StoredObject,
  options: CheckOptions & { onPiece?: (piece: Uint8Array) => void } = {},
): Promise<ObjectCheck> {
  const reading = new StoredBytes(store, expected, options);
  try {
    for await (const piece of reading.pieces()) options.onPiece?.(piece);
  } catch {
    options.signal?.throwIfAborted();
  }
  return reading.verdict();
}

async function* framed(pieces: AsyncIterable<Uint8Array>, frame: ZstdFrame): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    frame.update(piece);
    yield piece;
  }
  frame.finish();
}

/** The stream of one object, measured as it passes. */
class StoredBytes {
  readonly #store: ObjectStore;
  readonly #expected: StoredObject;
  readonly #options: CheckOptions;
  readonly #hash = createHash('sha256');
  #readBytes = 0;
  #failure: { error: unknown } | undefined;
  /** Whether the stream was read to its end, to the store's failure, or to the first byte too many. */
  ended = false;

  constructor(store: ObjectStore, expected: StoredObject, options: CheckOptions) {
    this.#store = store;
    this.#expected = expected;
    this.#options = options;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    const { signal } = this.#options;
    let withReader = false;
    try {
      for await (const piece of this.#store.get(this.#expected.key, signal ? { signal } : {})) {
        this.#readBytes += piece.length;
        this.#hash.update(piece);
        if (this.#readBytes > this.#expected.sizeBytes) break;
        withReader = true;
        yield piece;
        withReader = false;
      }
      this.ended = true;
    } catch (error) {
      // A reader that gives up may throw its own error into the generator: that is no failure of the store.
      if (!withReader) {
        this.#failure = { error };
        this.ended = true;
      }
      throw error;
    }
  }

  verdict(): ObjectCheck {
    const readBytes = this.#readBytes;
    const { sizeBytes, sha256 } = this.#expected;
    const damaged = (problem: string): ObjectCheck => ({ verdict: 'damaged', problem, readBytes });
    if (this.#failure) {
      const { error } = this.#failure;
      if (error instanceof ObjectMissingError) return damaged('is missing');
      if (error instanceof ObjectTruncatedError) return damaged('is cut short in the vault');
      return {
        verdict: 'unreadable',
        problem: `could not be read: ${messageOf(error)}`,
        readBytes,
        cause: error,
      };
    }
    if (readBytes > sizeBytes) return damaged(`is longer than the ${sizeBytes} bytes that were written`);
    if (readBytes < sizeBytes) return damaged(`has ${readBytes} bytes, ${sizeBytes} were written`);
    if (this.#hash.digest('hex') !== sha256) return damaged('is not what was written: its SHA-256 differs');
    return { verdict: 'match', readBytes };
  }
}

function differenceOf(expected: ContentDigest, found: ContentDigest): string | undefined {
  if (found.rows !== expected.rows) return `holds ${found.rows} rows, the manifest says ${expected.rows}`;
  if (found.rawBytes !== expected.rawBytes) {
    return `holds ${found.rawBytes} bytes of rows, the manifest says ${expected.rawBytes}`;
  }
  if (found.digest !== expected.digest) return 'holds other rows than were read: their digest differs';
  return undefined;
}
