import { statfs } from 'node:fs/promises';
import type { Manifest, TableData } from '../archive/manifest.ts';

/** An empty data directory has 39 MB, and its WAL stays below 200 MB (embedded/write-ahead-log.ts). */
const EMPTY_BYTES = 256 * 1024 * 1024;
/** COPY text takes about the same number of bytes as values, and half as many again for indexes. */
const BYTES_PER_RAW_BYTE = 1.5;
/** Per row: header, item pointer and padding in its table (32), and an entry in one index (20). */
const BYTES_PER_ROW = 52;

/**
 * Estimates the disk space that the embedded target needs, rather too much than too little. Measured: 543 MB
 * of COPY text in 2.9 million rows with two indexes take 1,027 MB (estimated: 1,234); 98 MB in 8 million rows
 * with one take 487 (estimated: 831). TOAST compresses long values, so a table of documents stays far below.
 * More than two indexes a table would need more.
 */
export function estimateDiskBytes(tables: ReadonlyArray<Pick<TableData, 'rows' | 'rawBytes'>>): number {
  return tables.reduce(
    (total, { rows, rawBytes }) => total + BYTES_PER_RAW_BYTE * rawBytes + BYTES_PER_ROW * rows,
    EMPTY_BYTES,
  );
}

/**
 * Estimates the disk space for an embedded drill: tables, and large objects both in files and in the
 * database.
 */
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

/** Formats disk space, such as `1,235 MB`. */
export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`;
}
