import { AgeFileError } from '../age/age-file-error.ts';
import { decompress } from '../archive/codec/decode.ts';
import { isEncrypted } from '../archive/codec/encode.ts';
import { openEncrypted } from '../archive/codec/open-encrypted.ts';
import { type ObjectCheck, StoredBytes } from '../archive/codec/stored-bytes.ts';
import { onlyOneFrame } from '../archive/codec/zstd-frame.ts';
import type { StoredObject } from '../archive/manifest.ts';
import type { ContentDigest } from '../copy-text/row-digest.ts';
import { messageOf } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { HeaderCheck } from './check-encryption.ts';
import { ContentCheck } from './content-check.ts';

export interface CheckOptions {
  /** Whom the backup is encrypted to. */
  readonly recipients?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches an object with rows once; checks size, SHA-256, zstd frame, and rows and digest of each chunk in it. Holds one row and one
 * piece. Of an encrypted object that nobody here can open, checks size, SHA-256 and the header.
 */
export async function checkRows(
  store: ObjectStore,
  expected: StoredObject & { readonly chunks: readonly ContentDigest[] },
  options: CheckOptions = {},
): Promise<ObjectCheck> {
  if (isEncrypted(expected.key) && !store.identities) return await checkStoredBytes(store, expected, options);
  const reading = new StoredBytes(store, expected, options.signal);
  const header = headerCheck(expected.key, options);
  const content = new ContentCheck(expected.chunks);
  let contentProblem: string | undefined;
  try {
    const stored = tapped(reading.pieces(), (piece) => header?.take(piece));
    const opened = openEncrypted(store, expected.key, stored);
    for await (const piece of decompress(onlyOneFrame(opened))) content.take(piece);
    content.finish();
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
  const problem = contentProblem ?? header?.problem() ?? content.problem;
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
