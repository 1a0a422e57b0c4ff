import type pg from 'pg';
import { type CompressedDestination, takeChunk } from '../archive/codec/encode.ts';
import type { Chunk } from '../archive/manifest.ts';
import { CopyOut } from '../copy-text/copy-out.ts';
import type { ContentDigest } from '../copy-text/row-digest.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ReadLimit } from './read-limit.ts';

export interface ChunkDestination extends CompressedDestination {
  /** Stores an object even if the COPY sends nothing: a page range must not leave a gap. */
  readonly keepEmpty?: boolean;
  /** Shared by all sessions that read from this source. */
  readonly limit?: ReadLimit | undefined;
  readonly onBytes?: (rawBytes: number) => void;
}

/** Rows that have all been read. The session may read the next ones while these are written. */
export interface CopiedChunk {
  /** Must be awaited: it rejects when the chunk could not be stored. */
  readonly stored: Promise<Chunk>;
}

/**
 * Runs one COPY … TO STDOUT and stores what it sends: it counts and digests the rows, compresses them as one
 * zstd frame with a checksum, and hashes the stored bytes. It is one stream with backpressure; nothing
 * touches a disk. The upload completes only after the COPY has ended by itself. Throws if the server reported
 * another number of rows. A COPY that sends nothing stores nothing and resolves to undefined, unless
 * `keepEmpty`. Statements before the COPY may stand in the same text.
 */
export async function copyChunk(
  client: pg.Client,
  statement: string,
  destination: ChunkDestination,
): Promise<CopiedChunk | undefined> {
  const { signal } = destination;
  const copy = new CopyOut(client, statement, signal);
  const copied = await storeRows(copy.rows(), copy, destination);
  await copy.end();
  return copied;
}

/** Stores the rows of one COPY as a chunk of its own. */
export async function storeRows(
  rows: AsyncGenerator<Buffer, void>,
  copy: CopyOut,
  destination: ChunkDestination,
): Promise<CopiedChunk | undefined> {
  const pieces = counted(rows, destination);
  // An empty table costs no upload.
  const { value: first } = await pieces.next();
  const stores = first !== undefined || destination.keepEmpty === true;
  const taken = stores ? await takeChunk(destination, startingWith(first ?? undefined, pieces)) : undefined;
  // Awaited by the caller, unless what follows throws.
  taken?.stored.catch(() => {});
  const content = contentOfAll(copy, destination.key);
  return taken && { stored: taken.stored.then((object) => ({ ...object, ...content })) };
}

/** Counts the pieces as they are taken, and takes them no faster than the limit allows. */
async function* counted(
  pieces: AsyncIterable<Buffer>,
  { onBytes, limit, signal }: Pick<ChunkDestination, 'onBytes' | 'limit' | 'signal'>,
): AsyncGenerator<Buffer, void> {
  for await (const piece of pieces) {
    onBytes?.(piece.length);
    yield piece;
    if (limit) await limit.pay(piece.length, signal);
  }
}

export async function* startingWith(
  first: Buffer | undefined,
  others: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void> {
  if (first) yield first;
  yield* others;
}

/** The content of the COPY that was read last. Throws if the server reported another number of rows. */
export function contentOfAll(copy: CopyOut, name: string): ContentDigest {
  const content = copy.content();
  if (copy.reportedRows === content.rows) return content;
  throw new LifeboatError({
    code: 'source-copy-incomplete',
    kind: 'source',
    what: `The server reported ${copy.reportedRows} rows for ${name} and sent ${content.rows}.`,
    meaning: 'The rows were cut off or altered on their way.',
    remedy: 'Start the backup again, without a proxy between this machine and the server.',
  });
}
