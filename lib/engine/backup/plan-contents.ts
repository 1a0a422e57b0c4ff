import type { Attempt } from '../archive/attempt.ts';
import { chunkName } from '../archive/keys.ts';
import { copyOut, copyRows } from '../catalog/copy-statement.ts';
import { type LargeObjectRange, planLargeObjects, selectLargeObjects } from '../catalog/large-objects.ts';
import type { Omissions } from '../catalog/omissions.ts';
import { type SourceTable, tableSizes, tablesToCopy } from '../catalog/tables.ts';
import type { Coordinator } from '../snapshot/coordinator.ts';
import { DEFAULT_CHUNK_BYTES, type PlannedChunk, planChunks } from './plan-chunks.ts';
import type { CopyTask } from './run-copies.ts';
import { thoseThatShare } from './small-tables.ts';

/** A COPY of a table's rows, with its chunk. */
export interface TableTask extends CopyTask {
  readonly chunk: PlannedChunk;
}

/** A COPY of the contents of a range of large objects. */
export interface LargeObjectTask extends CopyTask {
  readonly chunk?: never;
}

export type ContentTask = TableTask | LargeObjectTask;

export interface ContentPlan {
  readonly tables: readonly SourceTable[];
  /** Tables whose rows are left out, with the reason: unlogged on a standby, or an option says so. */
  readonly withoutRows: ReadonlyMap<SourceTable, string>;
  readonly tasks: readonly ContentTask[];
  readonly largeObjectCount: number;
  /** An estimate: heap, TOAST and large objects as stored. */
  readonly expectedBytes: number;
}

export interface ContentPlanOptions {
  readonly attempt: Attempt;
  /** The server's own encoding. */
  readonly encoding: string;
  readonly schemaOnly: boolean;
  readonly omissions: Omissions;
  readonly chunkBytes?: number | undefined;
  /** The number of sessions that may copy at the same time. */
  readonly sessions: number;
}

/**
 * Reads the tables and their sizes under the coordinator's locks, and decides which COPY is stored under
 * which key. The largest come first; large objects come last, because their size is not known beforehand. Small tables come before them.
 */
export async function readContentPlan(
  coordinator: Coordinator,
  options: ContentPlanOptions,
): Promise<ContentPlan> {
  const { query, major, standby } = coordinator;
  const [tables, largeObjects] = await Promise.all([
    tablesToCopy(query, major, options.omissions),
    options.omissions.largeObjects === undefined
      ? planLargeObjects(query, options.chunkBytes ?? DEFAULT_CHUNK_BYTES)
      : NO_LARGE_OBJECTS,
  ]);
  const unwanted = new Map(options.omissions.withoutRows.map(({ oid, reason }) => [oid, reason]));
  const withoutRows = new Map(
    tables.flatMap((table) => {
      const reason = reasonForNoRows(table, options.schemaOnly, standby) ?? unwanted.get(table.oid);
      return reason === undefined ? [] : [[table, reason] as const];
    }),
  );
  const withRows = tables.filter((table) => !withoutRows.has(table));
  const sizes = await tableSizes(
    query,
    withRows.map(({ oid }) => oid),
  );
  const chunks = planChunks(withRows, sizes, options);
  const numberOf = new Map(tables.map((table, index) => [table, index + 1]));
  const task = (chunk: PlannedChunk) => tableTask(chunk, numberOf.get(chunk.table) ?? 0, options);
  const sharing = new Set(
    thoseThatShare(chunks, ({ pages, weightBytes }) => (pages ? undefined : weightBytes)),
  );
  const contents = options.schemaOnly ? NO_LARGE_OBJECTS : largeObjects;
  return {
    tables,
    withoutRows,
    tasks: [
      ...chunks.filter((chunk) => !sharing.has(chunk)).map(task),
      ...sortedLike(numberOf, [...sharing]).map((chunk) => ({ ...task(chunk), mayShare: true })),
      ...contents.ranges.map((range, index) => largeObjectTask(range, index + 1, options)),
    ],
    largeObjectCount: largeObjects.count,
    expectedBytes: chunks.reduce((sum, { weightBytes }) => sum + weightBytes, contents.sizeBytes),
  };
}

/** In the order of the manifest, in which most readers read: so tables that share an object are read one after the other. */
function sortedLike(numberOf: ReadonlyMap<SourceTable, number>, chunks: readonly PlannedChunk[]) {
  return chunks.toSorted((a, b) => (numberOf.get(a.table) ?? 0) - (numberOf.get(b.table) ?? 0));
}

const NO_LARGE_OBJECTS = { count: 0, sizeBytes: 0, ranges: [] };

function reasonForNoRows(table: SourceTable, schemaOnly: boolean, standby: boolean): string | undefined {
  if (schemaOnly) return 'the backup holds the schema only';
  if (table.unlogged && standby) return 'the source is a standby, which has no rows of unlogged tables';
  return undefined;
}

function tableTask(
  chunk: PlannedChunk,
  number: number,
  { attempt, encoding }: ContentPlanOptions,
): TableTask {
  const { table, pages, rangeNumber } = chunk;
  return {
    name: `${table.schema}.${table.name}`,
    statement: copyRows(table, encoding, pages),
    key: attempt.keyOf(chunkName(number, table.schema, table.name, rangeNumber)),
    lock: table,
    keepEmpty: pages !== undefined,
    chunk,
  };
}

function largeObjectTask(
  range: LargeObjectRange,
  number: number,
  { attempt, encoding }: ContentPlanOptions,
): LargeObjectTask {
  return {
    name: 'large objects',
    statement: copyOut(selectLargeObjects(range), encoding),
    key: attempt.keyOf(`large-objects/${String(number).padStart(4, '0')}.copy.zst`),
    keepEmpty: false,
  };
}
