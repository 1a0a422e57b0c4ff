import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import type { Chunk } from '../archive/manifest.ts';
import { oneFrame } from '../archive/one-frame.ts';
import { CopyOut } from '../copy-text/copy-out.ts';
import { LifeboatError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { compress } from './compress-chunk.ts';
import type { ReadLimit } from './read-limit.ts';

export interface ChunkDestination {
  readonly store: ObjectStore;
  readonly key: string;
  readonly signal: AbortSignal;
  /** zstd's; the one of 3 and 1 that makes less of it unless given. */
  readonly compressionLevel?: number;
  /** Store an object even when the COPY sends nothing: a page range must not leave a gap. */
  readonly keepEmpty?: boolean;
  /** Shared by all who read from this source. */
  readonly limit?: ReadLimit | undefined;
  readonly onBytes?: (rawBytes: number) => void;
}

/**
 * Runs one COPY … TO STDOUT and stores what it sends: counted and digested row by row, compressed as one zstd frame with
 * a checksum, hashed as stored. One stream with backpressure; nothing touches a disk. The upload completes only after
 * the COPY has ended by itself; the caller learns that the server also reported the same number of rows, else this throws.
 * A COPY that sends nothing stores nothing and resolves to undefined, unless `keepEmpty`.
 */
export async function copyChunk(
  client: pg.Client,
  statement: string,
  destination: ChunkDestination,
): Promise<Chunk | undefined> {
  const { store, key, signal } = destination;
  const copy = new CopyOut(client, statement, signal);
  const pieces = copy[Symbol.asyncIterator]();
  const sha256 = createHash('sha256');
  let sizeBytes = 0;

  async function* counted(first: Buffer | undefined) {
    for (let piece = first; piece; piece = (await pieces.next()).value ?? undefined) {
      destination.onBytes?.(piece.length);
      yield piece;
      if (destination.limit) await destination.limit.pay(piece.length, signal);
    }
  }
  // An empty table costs no upload.
  const { value: first } = await pieces.next();
  const stores = first !== undefined || destination.keepEmpty === true;
  if (stores) {
    await pipeline(
      counted(first ?? undefined),
      compress({ level: destination.compressionLevel, signal }),
      oneFrame,
      async (stored) => {
        ({ sizeBytes } = await store.upload(key, hashed(stored, sha256), { signal }));
      },
      { signal },
    );
  }
  const content = copy.content();
  if (copy.reportedRows !== content.rows) {
    throw new LifeboatError({
      code: 'source-copy-incomplete',
      kind: 'source',
      what: `The server reported ${copy.reportedRows} rows for ${key} and sent ${content.rows}.`,
      meaning: 'The stream was cut or altered on its way.',
      remedy: 'Start the backup again, without a proxy between.',
    });
  }
  if (!stores) return undefined;
  return { key, sizeBytes, sha256: sha256.digest('hex'), ...content };
}

async function* hashed(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
