import type { Manifest, TableData } from '../archive/manifest.ts';
import { readChunk } from '../archive/read-stored.ts';
import { type ContentDigest, EMPTY_DIGEST, sumDigests } from '../digest/row-digest.ts';
import { qualifiedName } from '../sql.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type CopyDestination, type Target, TargetStatementError } from '../target/target.ts';
import { NotTranscodableError, transcode } from './transcode.ts';

/** What became of a table's rows. */
export type RowsOutcome =
  /** In the table, and `expected` is what a digest of it has to give. */
  | { readonly state: 'loaded'; readonly expected: ContentDigest }
  /** The partition refused rows that the source routed to it; they went in through the root of the tree. */
  | { readonly state: 'through-root'; readonly expected: ContentDigest }
  /** The table's own rules refused rows for a reason of the target; they are in another table without any rules. */
  | {
      readonly state: 'bare';
      readonly expected: ContentDigest;
      readonly at: CopyDestination;
      readonly reason: string;
    }
  | { readonly state: 'skipped'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string };

export interface LoadRowsOptions {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly target: Target;
  readonly signal: AbortSignal;
  /** Why a table is not there; undefined when it is. */
  readonly absenceOf: (table: TableData) => RowsOutcome | undefined;
  /** A table like this one without constraints, for rows that the table itself cannot take here; undefined: it is a failure. */
  readonly bareTableFor: (
    table: TableData,
    refusal: TargetStatementError,
  ) => Promise<{ at: CopyDestination; reason: string } | undefined>;
  readonly onTable: (table: TableData) => void;
  readonly onBytes: (rawBytes: number) => void;
}

const SQLSTATE_CHECK_VIOLATION = '23514';

/** Loads the rows of every table, in the order of the archive, and tells what became of each. */
export async function loadRows(options: LoadRowsOptions): Promise<Map<TableData, RowsOutcome>> {
  const outcomes = new Map<TableData, RowsOutcome>();
  for (const table of options.manifest.tables) {
    options.signal.throwIfAborted();
    outcomes.set(table, await loadTable(table, options));
    options.onTable(table);
  }
  return outcomes;
}

async function loadTable(table: TableData, options: LoadRowsOptions): Promise<RowsOutcome> {
  if (table.dataLeftOut !== undefined) {
    return { state: 'skipped', reason: `its rows are not in the backup: ${table.dataLeftOut}` };
  }
  const absence = options.absenceOf(table);
  if (absence) return absence;
  const own: CopyDestination = { schema: table.schema, table: table.name, columns: table.columns };
  try {
    return { state: 'loaded', expected: await copyChunks(table, own, options) };
  } catch (error) {
    if (error instanceof NotTranscodableError)
      return { state: 'skipped', reason: `the table ${error.message}` };
    if (!(error instanceof TargetStatementError)) throw error;
    return await loadElsewhere(table, error, options);
  }
}

/** A chunk goes in whole or not at all; of a table that refused one of several, the others are taken out again. */
async function loadElsewhere(
  table: TableData,
  refusal: TargetStatementError,
  options: LoadRowsOptions,
): Promise<RowsOutcome> {
  const { partitionRoot: root, columns } = table;
  if (table.chunks.length > 1) {
    await options.target.execute(`TRUNCATE ONLY ${qualifiedName(table.schema, table.name)}`);
  }
  if (root && refusal.sqlState === SQLSTATE_CHECK_VIOLATION) {
    const throughRoot: CopyDestination = { schema: root.schema, table: root.name, columns };
    try {
      return { state: 'through-root', expected: await copyChunks(table, throughRoot, options) };
    } catch (error) {
      if (!(error instanceof TargetStatementError)) throw error;
    }
  }
  const bare = await options.bareTableFor(table, refusal);
  if (bare) return { state: 'bare', ...bare, expected: await copyChunks(table, bare.at, options) };
  return { state: 'failed', reason: `its rows could not be loaded: ${refusal.message}` };
}

async function copyChunks(
  table: TableData,
  destination: CopyDestination,
  { store, manifest, target, signal, onBytes }: LoadRowsOptions,
): Promise<ContentDigest> {
  const contents: ContentDigest[] = [];
  for (const chunk of table.chunks) {
    const { text, content } = await transcode(readChunk(store, chunk, signal), manifest.server.encoding);
    const rows = await target.copyIn(destination, text);
    if (rows !== chunk.rows) {
      throw new TargetStatementError(`it took ${rows} of ${chunk.rows} rows`, '');
    }
    contents.push(content());
    onBytes(chunk.rawBytes);
  }
  return contents.length === 0 ? EMPTY_DIGEST : sumDigests(contents);
}
