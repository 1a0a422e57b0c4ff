import type { TableData } from '../archive/manifest.ts';
import { copyOut, copyRows, selectRows } from '../catalog/copy-statement.ts';
import { type SourceTable, tableSizes } from '../catalog/tables.ts';
import type { ArchivedSide } from './archived-rows.ts';
import { joinRows, noDifferences, type RowDifferences } from './join-rows.ts';
import { RowHeaps } from './row-heap.ts';
import { RowReader, type RowShape } from './row-reader.ts';
import type { SourceSnapshot } from './source-snapshot.ts';
import { shapesOf, type TablePair } from './table-pair.ts';

/** Rows of one heap are held in memory while they are compared. */
const ROWS_PER_HEAP = 200_000;
/** The size of a small row as PostgreSQL stores it, including its header. */
const SMALL_ROW_BYTES = 100;
/** Each heap is two files, and all are open at once. */
const MOST_HEAPS = 256;
/** COPY text per heap when whole rows are kept besides their keys. */
const BYTES_PER_HEAP = 64 * 1024 * 1024;

export interface CompareRowsOptions {
  readonly archived: ArchivedSide;
  readonly snapshot: SourceSnapshot;
  readonly signal: AbortSignal;
  /** The most examples of each kind. */
  readonly limit: number;
  readonly wholeRows: boolean;
  /** Called when rows must be written to disk. */
  readonly heapDirectory: () => Promise<string>;
  readonly onBytes: (rawBytes: number) => void;
}

export interface ComparedRows extends RowDifferences {
  readonly sourceRows: number;
}

/**
 * Compares the rows of one table. Its digest comes first, which is several times as fast as comparing rows: if
 * it is the backup's, nothing else is read. Otherwise the source is read again, row by row, and the backup.
 * Memory holds one heap of rows, whatever the size of the table.
 */
export async function diffRows(pair: TablePair, options: CompareRowsOptions): Promise<ComparedRows> {
  const { archived, snapshot, signal, limit, wholeRows } = options;
  const { backup, source, columns } = pair;
  const encoding = archived.encodingOf(backup);
  const table = { ...source, columns };
  // COPY without a list of columns takes all of them.
  const statement = columns.length === 0 ? copyOut(selectRows(table), encoding) : copyRows(table, encoding);
  const isComplete = columns.length === backup.columns.length;
  if (isComplete) {
    const copy = snapshot.copy(statement);
    for await (const piece of copy) options.onBytes(piece.length);
    const { rows, digest } = copy.content();
    if (rows === backup.rows && digest === backup.digest) return { ...noDifferences(), sourceRows: rows };
  }
  const shapes = shapesOf(pair);
  const count = heapsFor(backup, await sizeOf(source, snapshot), wholeRows);
  const directory = count === 1 ? undefined : await options.heapDirectory();
  const heaps = (side: string) => new RowHeaps({ count, directory, name: side, keepLines: wholeRows });

  const inSource = heaps('source');
  const read = await readRows(
    isComplete ? snapshot.copy(statement) : counted(snapshot.copy(statement), options.onBytes),
    shapes.source,
    inSource,
    signal,
  );
  await inSource.finish();
  const inBackup = heaps('backup');
  await readRows(archived.rowsOf(backup), shapes.backup, inBackup, signal);
  await inBackup.finish();
  return { ...(await joinRows(inBackup, inSource, count, limit)), sourceRows: read.rows };
}

/** Reads COPY text into heaps, and counts and digests its rows. */
export async function readRows(
  pieces: AsyncIterable<Uint8Array>,
  shape: RowShape,
  heaps: RowHeaps,
  signal: AbortSignal,
): Promise<RowReader> {
  const reader = await RowReader.create(shape, (row) => heaps.add(row));
  for await (const piece of pieces) {
    signal.throwIfAborted();
    reader.update(piece);
    await heaps.drained();
  }
  reader.digest();
  return reader;
}

async function* counted(pieces: AsyncIterable<Uint8Array>, onBytes: (rawBytes: number) => void) {
  for await (const piece of pieces) {
    onBytes(piece.length);
    yield piece;
  }
}

/** The size of a table in the source, in bytes. */
export async function sizeOf({ oid }: Pick<SourceTable, 'oid'>, { query }: SourceSnapshot): Promise<number> {
  const [size] = await tableSizes(query, [oid]);
  return size?.sizeBytes ?? 0;
}

/**
 * The number of heaps, from the sizes of both sides: the source may have grown to many times the size of the
 * backup.
 */
export function heapsFor(
  { rows, rawBytes }: Pick<TableData, 'rows' | 'rawBytes'>,
  sourceBytes: number,
  wholeRows: boolean,
): number {
  const needed = [
    rows / ROWS_PER_HEAP,
    sourceBytes / (ROWS_PER_HEAP * SMALL_ROW_BYTES),
    wholeRows ? Math.max(rawBytes, sourceBytes) / BYTES_PER_HEAP : 0,
  ];
  return Math.min(MOST_HEAPS, Math.max(1, Math.ceil(Math.max(...needed))));
}
