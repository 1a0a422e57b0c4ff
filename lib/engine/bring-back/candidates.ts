import { readChunk } from '../archive/codec/decode.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { copyOut, selectRows } from '../catalog/copy-statement.ts';
import { heapsFor, readRows, sizeOf } from '../diff/diff-rows.ts';
import { differencesOf } from '../diff/join-rows.ts';
import { RowHeaps } from '../diff/row-heap.ts';
import type { RowShape } from '../diff/row-reader.ts';
import type { SourceSnapshot } from '../diff/source-snapshot.ts';
import type { Erasing } from '../erasures/erasing.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ServerTarget } from '../target/server/open-server-target.ts';
import { inPieces } from './copy-pieces.ts';
import { listOf, newer, place, type RowsTable } from './rows-table.ts';
import { destinationOf, NOTHING_UNREAD, sendTyped, type Unread } from './send-typed.ts';

export interface CandidateSource {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
  readonly erasing?: Erasing;
  readonly heapDirectory: () => Promise<string>;
  readonly onBytes: (rawBytes: number) => void;
}

/**
 * Compares a table with the backup and sends what differs to the target's temporary tables: the backup's rows
 * that are missing or changed, and the keys of rows that the backup does not have. Rows that are equal are not
 * sent, so the load on the server grows with the damage and not with the table.
 */
export async function sendDifferences(
  table: RowsTable,
  snapshot: SourceSnapshot,
  session: ServerTarget,
  source: CandidateSource,
): Promise<Unread> {
  const { manifest, signal } = source;
  const { encoding } = manifest.server;
  const sizes = await Promise.all(
    snapshot.tables.filter(({ oid }) => table.target.tree.includes(oid)).map((one) => sizeOf(one, snapshot)),
  );
  const size = {
    rows: sum(table.parts.map(({ rows }) => rows)),
    rawBytes: sum(table.parts.map(({ rawBytes }) => rawBytes)),
  };
  const count = heapsFor(size, sum(sizes), true);
  const directory = count === 1 ? undefined : await source.heapDirectory();
  const heaps = (name: string, keepLines: boolean) =>
    new RowHeaps({ count, directory, name: `${name}-${table.number}`, keepLines });
  const inTarget = heaps('target', false);
  const read = snapshot.copy(copyOut(selectOwn(table), encoding));
  const shape = { fields: table.columns.length, compared: undefined, key: keyPositions(table) };
  const found = await readRows(counted(read, source.onBytes), shape, inTarget, signal);
  await inTarget.finish();
  if (isSame(table, found)) return NOTHING_UNREAD;
  const inBackup = heaps('backup', true);
  for (const part of table.parts) {
    for (const chunk of part.chunks) {
      const body = readChunk(source.store, chunk, signal);
      const text = source.erasing?.rewrite(chunk, body) ?? body;
      await readRows(text, partShape(part, table), inBackup, signal);
    }
  }
  await inBackup.finish();
  let added: Buffer[] = [];
  const unread = await sendRows(session, table, () => {
    added = [];
    return linesOf(differencesOf(inBackup, inTarget, count), added);
  });
  await sendKeys(session, table, added);
  return unread;
}

/** The order of the columns in the target; of an ordinary table without those that inherit from it. */
function selectOwn(table: RowsTable): string {
  const { target, columns, parts } = table;
  if (target.kind === 'p') return `SELECT ${listOf(columns)} FROM ${place(table)}`;
  const condition = parts.find((part) => part.condition !== undefined)?.condition;
  return selectRows({ ...target, columns, ...(condition === undefined ? {} : { condition }) });
}

/** Whether the rows are those of the backup. Digests are sums, so those of partitions can be added. */
function isSame({ columns, parts }: RowsTable, found: { rows: number; digest(): string }): boolean {
  const digest = parts.reduce((total, part) => BigInt.asUintN(64, total + BigInt(`0x${part.digest}`)), 0n);
  return (
    parts.every(
      (part) =>
        part.columns.length === columns.length && part.columns.every((column, at) => column === columns[at]),
    ) &&
    sum(parts.map(({ rows }) => rows)) === found.rows &&
    digest.toString(16).padStart(16, '0') === found.digest()
  );
}

/** How lines of the backup are read, so that they have the target's columns in the target's order. */
export function partShape(part: Pick<TableData, 'columns'>, table: RowsTable): RowShape {
  return {
    fields: part.columns.length,
    compared: table.columns.map((column) => part.columns.indexOf(column)),
    key: keyPositions(table),
  };
}

function keyPositions({ columns, key }: RowsTable): number[] {
  return key.map(({ name }) => columns.indexOf(name));
}

export async function sendRows(
  session: ServerTarget,
  table: RowsTable,
  lines: () => AsyncIterable<Buffer>,
  columns: readonly string[] = table.columns,
): Promise<Unread> {
  return await sendTyped(session, table, columns, () => inPieces(lines()));
}

export async function sendKeys(
  session: ServerTarget,
  table: RowsTable,
  keys: readonly Buffer[],
): Promise<void> {
  if (keys.length === 0) return;
  async function* all() {
    yield* keys;
  }
  const names = table.key.map(({ name }) => name);
  await session.copyIn(destinationOf(newer(table), names), inPieces(all()));
}

async function* linesOf(
  differences: ReturnType<typeof differencesOf>,
  added: Buffer[],
): AsyncGenerator<Buffer> {
  for await (const batch of differences) {
    for (const { kind, key, backup } of batch) {
      if (kind === 'added') added.push(Buffer.from(key, 'latin1'));
      else if (backup) yield backup;
    }
  }
}

async function* counted(pieces: AsyncIterable<Uint8Array>, onBytes: (rawBytes: number) => void) {
  for await (const piece of pieces) {
    onBytes(piece.length);
    yield piece;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
