import { decompress } from '../archive/codec/decode.ts';
import { type ObjectCheck, StoredBytes } from '../archive/codec/stored-bytes.ts';
import { onlyOneFrame } from '../archive/codec/zstd-frame.ts';
import type { Chunk, StoredObject } from '../archive/manifest.ts';
import { type ContentDigest, RowDigest } from '../copy-text/row-digest.ts';
import { messageOf } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Fetches a chunk once; checks size, SHA-256, zstd frame, rows and digest. Holds one row and one piece. */
export async function checkChunk(
  store: ObjectStore,
  expected: Chunk,
  options: CheckOptions = {},
): Promise<ObjectCheck> {
  const reading = new StoredBytes(store, expected, options.signal);
  const digest = new RowDigest();
  let rawBytes = 0;
  let contentProblem: string | undefined;
  let found: ContentDigest | undefined;
  try {
    for await (const piece of decompress(onlyOneFrame(reading.pieces()))) {
      rawBytes += piece.length;
      // Stops a chunk that would decompress for hours: whatever follows, it is damaged.
      if (rawBytes > expected.rawBytes) throw new Error('more than was read');
      digest.update(piece);
    }
    found = digest.finish();
  } catch (error) {
    options.signal?.throwIfAborted();
    contentProblem = `is not one zstd frame of whole rows: ${messageOf(error)}`;
  }
  // If the stored bytes are not those that were written, a failure to decompress is only a consequence.
  const stored = reading.ended ? reading.verdict() : await checkStoredBytes(store, expected, options);
  if (stored.verdict !== 'match') return stored;
  const problem = contentProblem ?? (found && differenceOf(expected, found));
  return problem ? { ...stored, verdict: 'damaged', problem } : stored;
}

/** Fetches any object and checks size and SHA-256. `onPiece` gets every piece. */
export async function checkStoredBytes(
  store: ObjectStore,
  expected: StoredObject,
  options: CheckOptions & { onPiece?: (piece: Uint8Array) => void } = {},
): Promise<ObjectCheck> {
  const reading = new StoredBytes(store, expected, options.signal);
  try {
    for await (const piece of reading.pieces()) options.onPiece?.(piece);
  } catch {
    options.signal?.throwIfAborted();
  }
  return reading.verdict();
}

function differenceOf(expected: ContentDigest, found: ContentDigest): string | undefined {
  if (found.rows !== expected.rows) return `holds ${found.rows} rows, but the manifest says ${expected.rows}`;
  if (found.rawBytes !== expected.rawBytes) {
    return `holds ${found.rawBytes} bytes of rows, but the manifest says ${expected.rawBytes}`;
  }
  if (found.digest !== expected.digest) return 'holds other rows than were backed up: their digest differs';
  return undefined;
}
