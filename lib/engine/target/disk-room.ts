import { statfs } from 'node:fs/promises';
import type { Manifest, TableData } from '../archive/manifest.ts';

/** An empty data directory is 39 MB, its WAL is kept below 200 MB (embedded/write-ahead-log.ts). */
const EMPTY_BYTES = 256 * 1024 * 1024;
/** COPY text becomes about as many bytes of values, and half as many again for the indexes over them. */
const BYTES_PER_RAW_BYTE = 1.5;
/** A row's header, item pointer and padding in its table (32), and its entry in one index (20). */
const BYTES_PER_ROW = 52;

/**
 * The room that the embedded target needs on disk, rather too much than too little. Measured: 543 MB of COPY text in 2.9
 * million rows with two indexes take 1,027 MB (estimated: 1,234); 98 MB in 8 million rows with one take 487 (estimated: 831).
 * TOAST compresses long values, so a table of documents stays far below. More than two indexes a table would need more.
 */
export function estimateDiskBytes(tables: ReadonlyArray<Pick<TableData, 'rows' | 'rawBytes'>>): number {
  return tables.reduce(
    (total, { rows, rawBytes }) => total + BYTES_PER_RAW_BYTE * rawBytes + BYTES_PER_ROW * rows,
    EMPTY_BYTES,
  );
}

/** The room on disk that an embedded drill of a backup needs: its tables, and its large objects in their files and in the database. */
export function estimateDrillBytes({
  tables,
  largeObjects,
}: Pick<Manifest, 'tables' | 'largeObjects'>): number {
  return estimateDiskBytes(tables) + 2 * largeObjects.rawBytes;
}

export async function freeDiskBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** `1,235 MB`: a room that is needed, or free. */
export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`;
}
