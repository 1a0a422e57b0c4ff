import type { PageRange } from '../catalog/copy-statement.ts';
import type { SourceTable, TableSize } from '../catalog/tables.ts';

/** One planned COPY: a whole table, or a page range of a large one. */
export interface PlannedChunk {
  readonly table: SourceTable;
  /** Counts from 1 in the order of the table's pages; absent if the table is copied in one piece. */
  readonly rangeNumber?: number;
  readonly pages?: PageRange;
  /** The estimated cost, in bytes of table and TOAST. */
  readonly weightBytes: number;
}

/** Large enough that a round trip does not matter, small enough that several sessions share a table. */
export const DEFAULT_CHUNK_BYTES = 256 * 1024 * 1024;

/** A table is cut only above this multiple of a session's share: two tables of nearly one size stay whole. */
const WORTH_WAITING = 1.25;

/**
 * A table of this many chunks is always cut: a restore continues after a whole chunk, and large uploads need
 * large parts.
 */
const MOST_CHUNKS_IN_ONE = 64;

export interface PlanOptions {
  /** @default {@link DEFAULT_CHUNK_BYTES} */
  readonly chunkBytes?: number | undefined;
  /** The number of sessions that will copy at the same time. */
  readonly sessions: number;
}

/**
 * Plans the chunks. It cuts tables that one session would still be reading when the others are done, and puts
 * the largest chunks first, so that the longest does not come last. A table that is hardly larger than a
 * session's share stays whole: a page range needs a TID range scan, which unlike the scan of a whole table
 * goes through all of the server's buffers and evicts the application's pages (docs/decisions/0012). Sizes
 * include TOAST (pg_table_size): the rows of a small heap can be large.
 */
export function planChunks(
  tables: readonly SourceTable[],
  sizes: readonly TableSize[],
  { chunkBytes = DEFAULT_CHUNK_BYTES, sessions }: PlanOptions,
): PlannedChunk[] {
  const sizeOf = new Map(sizes.map((size) => [size.oid, size]));
  const totalBytes = sizes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const wholeUpTo = Math.max(
    2 * chunkBytes,
    Math.min(WORTH_WAITING * (totalBytes / sessions), MOST_CHUNKS_IN_ONE * chunkBytes),
  );
  const chunks = tables.flatMap((table) => cut(table, sizeOf.get(table.oid), { chunkBytes, wholeUpTo }));
  return chunks.sort((a, b) => b.weightBytes - a.weightBytes);
}

function cut(
  table: SourceTable,
  size: TableSize | undefined,
  { chunkBytes, wholeUpTo }: { readonly chunkBytes: number; readonly wholeUpTo: number },
): PlannedChunk[] {
  const { pages = 0, sizeBytes = 0 } = size ?? {};
  const pieces = Math.min(pages, Math.ceil(sizeBytes / chunkBytes));
  if (!table.cuttable || sizeBytes <= wholeUpTo || pieces < 2) return [{ table, weightBytes: sizeBytes }];
  const borders = Array.from({ length: pieces }, (_, index) => Math.floor((index * pages) / pieces));
  return borders.map((from, index) => ({
    table,
    rangeNumber: index + 1,
    pages: { from, to: borders[index + 1] ?? null },
    weightBytes: sizeBytes / pieces,
  }));
}
