import type pg from 'pg';
import { type CompressedDestination, takeChunk } from '../archive/codec/encode.ts';
import type { Chunk } from '../archive/manifest.ts';
import { CopyOut } from '../copy-text/copy-out.ts';
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
  const { key, signal } = destination;
  const copy = new CopyOut(client, statement, signal);
  const pieces = copy[Symbol.asyncIterator]();

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
  const taken = stores ? await takeChunk(destination, counted(first ?? undefined)) : undefined;
  // Awaited by the caller, unless what follows throws.
  taken?.stored.catch(() => {});
  const content = copy.content();
  if (copy.reportedRows !== content.rows) {
    throw new LifeboatError({
      code: 'source-copy-incomplete',
      kind: 'source',
      what: `The server reported ${copy.reportedRows} rows for ${key} and sent ${content.rows}.`,
      meaning: 'The rows were cut off or altered on their way.',
      remedy: 'Start the backup again, without a proxy between this machine and the server.',
    });
  }
  return taken && { stored: taken.stored.then((object) => ({ ...object, ...content })) };
}
