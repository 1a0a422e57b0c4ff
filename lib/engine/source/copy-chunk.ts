import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Chunk } from '../archive/manifest.ts';
import { oneFrame } from '../archive/one-frame.ts';
import { RowDigest } from '../digest/row-digest.ts';
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
  const copy = client.query(copyTo(statement));
  // The library only emits: who begins to read after that would wait for ever. And a connection that breaks after the
  // stream is done with would end the process.
  copy.on('error', (error) => copy.destroy(error));
  const digest = await RowDigest.create();
  const sha256 = createHash('sha256');
  let sizeBytes = 0;

  async function* countedAndDigested(pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      digest.update(piece);
      destination.onBytes?.(piece.length);
      yield piece;
      if (destination.limit) await destination.limit.pay(piece.length, signal);
    }
  }
  const first = await firstPiece(copy, signal);
  const stores = first !== undefined || destination.keepEmpty === true;
  if (stores) {
    await pipeline(
      countedAndDigested(first ? withFirst(first, copy) : copy),
      compress({ level: destination.compressionLevel, signal }),
      oneFrame,
      async (stored) => {
        ({ sizeBytes } = await store.upload(key, hashed(stored, sha256), { signal }));
      },
      { signal },
    );
  }
  // The end of the data is not the end of the statement: its command tag arrives before the answer to the next one.
  await client.query('SELECT');
  const content = digest.finish();
  if (copy.rowCount !== content.rows) {
    throw new LifeboatError({
      code: 'source-copy-incomplete',
      kind: 'source',
      what: `The server reported ${copy.rowCount} rows for ${key} and sent ${content.rows}.`,
      meaning: 'The stream was cut or altered on its way.',
      remedy: 'Start the backup again, without a proxy between.',
    });
  }
  if (!stores) return undefined;
  return { key, sizeBytes, sha256: sha256.digest('hex'), ...content };
}

type CopyStream = ReturnType<typeof copyTo>;

/** Waits for the first data, so that an empty table costs no upload. Undefined at a clean end without any. */
function firstPiece(copy: CopyStream, signal: AbortSignal): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      copy.off('readable', onReadable);
      copy.off('end', onEnd);
      copy.off('error', onError);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const onReadable = () => {
      const piece = copy.read() as Buffer | null;
      if (piece) settle(() => resolve(piece));
    };
    const onEnd = () => settle(() => resolve(undefined));
    const onError = (error: Error) => settle(() => reject(error));
    const onAbort = () => settle(() => reject(signal.reason));
    if (signal.aborted) return onAbort();
    copy.on('readable', onReadable);
    copy.once('end', onEnd);
    copy.once('error', onError);
    signal.addEventListener('abort', onAbort);
  });
}

async function* withFirst(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

async function* hashed(pieces: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}
