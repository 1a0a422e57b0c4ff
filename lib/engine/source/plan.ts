import type { SourceTable, TableSize } from './catalog/tables.ts';

/** Heap pages [from, to); `to` is null in the last range of a table, which is open. */
export interface PageRange {
  readonly from: number;
  readonly to: number | null;
}

/** One COPY stream to come: a whole table, or a page range of a large one. */
export interface PlannedChunk {
  readonly table: SourceTable;
  /** From 1, in the order of the table's pages; absent when the table goes in one piece. */
  readonly rangeNumber?: number;
  readonly pages?: PageRange;
  /** What it is likely to cost, in bytes of table and TOAST. */
  readonly weightBytes: number;
}

/** Large enough that a part of S3's and a round trip do not matter, small enough that several sessions share a table. */
export const DEFAULT_CHUNK_BYTES = 256 * 1024 * 1024;

/**
 * Cuts the tables into chunks, largest first, so that the longest does not come last. Sizes are weighed with TOAST
 * (pg_table_size): the rows of a small heap can be large. Tables of more than twice `chunkBytes` are cut.
 */
export function planChunks(
  tables: readonly SourceTable[],
  sizes: readonly TableSize[],
  chunkBytes: number = DEFAULT_CHUNK_BYTES,
): PlannedChunk[] {
  const sizeOf = new Map(sizes.map((size) => [size.oid, size]));
  const chunks = tables.flatMap((table) => cut(table, sizeOf.get(table.oid), chunkBytes));
  return chunks.sort((a, b) => b.weightBytes - a.weightBytes);
}

function cut(table: SourceTable, size: TableSize | undefined, chunkBytes: number): PlannedChunk[] {
  const { pages = 0, sizeBytes = 0 } = size ?? {};
  const pieces = Math.min(pages, Math.ceil(sizeBytes / chunkBytes));
  if (!table.cuttable || sizeBytes <= 2 * chunkBytes || pieces < 2)
    return [{ table, weightBytes: sizeBytes }];
  const borders = Array.from({ length: pieces }, (_, index) => Math.floor((index * pages) / pieces));
  return borders.map((from, index) => ({
    table,
    rangeNumber: index + 1,
    pages: { from, to: borders[index + 1] ?? null },
    weightBytes: sizeBytes / pieces,
  }));
}
