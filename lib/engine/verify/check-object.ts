import { AgeFileError } from '../age/age-file-error.ts';
import { decompress } from '../archive/codec/decode.ts';
import { isEncrypted } from '../archive/codec/encode.ts';
import { openEncrypted } from '../archive/codec/open-encrypted.ts';
import { type ObjectCheck, StoredBytes } from '../archive/codec/stored-bytes.ts';
import { onlyOneFrame } from '../archive/codec/zstd-frame.ts';
import type { StoredObject } from '../archive/manifest.ts';
import { type ContentDigest, RowDigest } from '../copy-text/row-digest.ts';
import { messageOf } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { HeaderCheck } from './check-encryption.ts';

export interface CheckOptions {
  /** Whom the backup is encrypted to. */
  readonly recipients?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a chunk once; checks size, SHA-256, zstd frame, rows and digest. Holds one row and one piece. Of an
 * encrypted chunk that nobody here can open, checks size, SHA-256 and the header.
 */
export async function checkChunk(
  store: ObjectStore,
  expected: StoredObject & ContentDigest,
  options: CheckOptions = {},
): Promise<ObjectCheck> {
  if (isEncrypted(expected.key) && !store.identities) return await checkStoredBytes(store, expected, options);
  const reading = new StoredBytes(store, expected, options.signal);
  const header = headerCheck(expected.key, options);
  const digest = new RowDigest();
  let rawBytes = 0;
  let contentProblem: string | undefined;
  let found: ContentDigest | undefined;
  try {
    const stored = tapped(reading.pieces(), (piece) => header?.take(piece));
    const opened = openEncrypted(store, expected.key, stored);
    for await (const piece of decompress(onlyOneFrame(opened))) {
      rawBytes += piece.length;
      // Stops a chunk that would decompress for hours: whatever follows, it is damaged.
      if (rawBytes > expected.rawBytes) throw new Error('more than was read');
      digest.update(piece);
    }
    found = digest.finish();
  } catch (error) {
    options.signal?.throwIfAborted();
    contentProblem =
      error instanceof AgeFileError
        ? error.message
        : `is not one zstd frame of whole rows: ${messageOf(error)}`;
  }
  // If the stored bytes are not those that were written, a failure to decompress is only a consequence.
  const stored = reading.ended ? reading.verdict() : await checkStoredBytes(store, expected, options);
  if (stored.verdict !== 'match') return stored;
  const problem = contentProblem ?? header?.problem() ?? (found && differenceOf(expected, found));
  return problem ? { ...stored, verdict: 'damaged', problem } : stored;
}

/** Fetches any object and checks size, SHA-256 and, if it is encrypted, its header. `onPiece` gets every piece. */
export async function checkStoredBytes(
  store: ObjectStore,
  expected: StoredObject,
  options: CheckOptions & { onPiece?: (piece: Uint8Array) => void } = {},
): Promise<ObjectCheck> {
  const reading = new StoredBytes(store, expected, options.signal);
  const header = headerCheck(expected.key, options);
  try {
    for await (const piece of reading.pieces()) {
      header?.take(piece);
      options.onPiece?.(piece);
    }
  } catch {
    options.signal?.throwIfAborted();
  }
  const check = reading.verdict();
  const problem = check.verdict === 'match' ? header?.problem() : undefined;
  return problem === undefined ? check : { ...check, verdict: 'damaged', problem };
}

function headerCheck(key: string, { recipients }: CheckOptions): HeaderCheck | undefined {
  return isEncrypted(key) && recipients ? new HeaderCheck(recipients) : undefined;
}

async function* tapped(
  pieces: AsyncIterable<Uint8Array>,
  onPiece: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    onPiece(piece);
    yield piece;
  }
}

function differenceOf(expected: ContentDigest, found: ContentDigest): string | undefined {
  if (found.rows !== expected.rows) return `holds ${found.rows} rows, but the manifest says ${expected.rows}`;
  if (found.rawBytes !== expected.rawBytes) {
    return `holds ${found.rawBytes} bytes of rows, but the manifest says ${expected.rawBytes}`;
  }
  if (found.digest !== expected.digest) return 'holds other rows than were backed up: their digest differs';
  return undefined;
}
