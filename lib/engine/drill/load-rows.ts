import type { Manifest, TableData } from '../archive/manifest.ts';
import { readChunk } from '../archive/read-stored.ts';
import { type ContentDigest, EMPTY_DIGEST, sumDigests } from '../copy-text/row-digest.ts';
import { withSqlState } from '../server-words.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { SchemaContext } from '../target/apply-schema.ts';
import { type LoadedTable, loadTable } from '../target/load-table.ts';
import { type CopyDestination, type Target, TargetStatementError } from '../target/target.ts';
import { NotTranscodableError, transcode } from './transcode.ts';

/** What became of a table's rows. */
export type RowsOutcome =
  /** In `at`, and `expected` is what a digest of that has to give; `elsewhere`: why `at` is not the table itself. */
  | {
      readonly state: 'loaded';
      readonly at: CopyDestination;
      readonly expected: ContentDigest;
      readonly elsewhere?: string;
    }
  /** The partition refused rows that the source routed to it; they went in through the root of the tree. */
  | { readonly state: 'through-root'; readonly expected: ContentDigest }
  | { readonly state: 'skipped'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string };

export interface LoadRowsOptions {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly target: Target;
  readonly context: SchemaContext;
  readonly signal: AbortSignal;
  readonly onTable: () => void;
  readonly onBytes: (rawBytes: number) => void;
}

const SQLSTATE_CHECK_VIOLATION = '23514';

/** Loads the rows of every table, in the order of the archive, and tells what became of each. */
export async function loadRows(options: LoadRowsOptions): Promise<Map<TableData, RowsOutcome>> {
  const outcomes = new Map<TableData, RowsOutcome>();
  for (const table of options.manifest.tables) {
    options.signal.throwIfAborted();
    outcomes.set(table, await loadOne(table, options));
    options.onTable();
  }
  return outcomes;
}

async function loadOne(table: TableData, options: LoadRowsOptions): Promise<RowsOutcome> {
  const { schema, name } = table;
  const withoutRows = (reason: string): RowsOutcome => {
    options.context.emptied.add({ kind: 'table', schema, name }, reason);
    return { state: 'skipped', reason };
  };
  if (table.dataLeftOut !== undefined) {
    return withoutRows(`its rows are not in the backup: ${table.dataLeftOut}`);
  }
  try {
    const { loaded, expected } = await load(table, { schema, table: name, columns: table.columns }, options);
    const elsewhere = loaded.elsewhere === undefined ? {} : { elsewhere: loaded.elsewhere };
    return { state: 'loaded', at: loaded.table, expected, ...elsewhere };
  } catch (error) {
    if (error instanceof NotTranscodableError) return withoutRows(`the table ${error.message}`);
    if (!(error instanceof TargetStatementError)) throw error;
    return (await loadThroughRoot(table, error, options)) ?? refused(error);
  }
}

/** A hash of an enum depends on its OID: there a partition refuses rows that another one of its tree takes. */
async function loadThroughRoot(
  table: TableData,
  refusal: TargetStatementError,
  options: LoadRowsOptions,
): Promise<RowsOutcome | undefined> {
  const root = table.partitionRoot;
  if (!root || refusal.sqlState !== SQLSTATE_CHECK_VIOLATION) return undefined;
  try {
    const destination = { schema: root.schema, table: root.name, columns: table.columns };
    const { expected } = await load(table, destination, options);
    return { state: 'through-root', expected };
  } catch (error) {
    if (error instanceof TargetStatementError) return undefined;
    throw error;
  }
}

async function load(
  table: TableData,
  destination: CopyDestination,
  { store, manifest, target, context, signal, onBytes }: LoadRowsOptions,
): Promise<{ loaded: LoadedTable; expected: ContentDigest }> {
  let contents: ContentDigest[] = [];
  async function* body() {
    contents = [];
    for (const chunk of table.chunks) {
      const { text, content } = await transcode(readChunk(store, chunk, signal), manifest.server.encoding);
      yield* text;
      contents.push(content());
      onBytes(chunk.rawBytes);
    }
  }
  const loaded = await loadTable(target, context, destination, body);
  const expected = contents.length === 0 ? EMPTY_DIGEST : sumDigests(contents);
  if (loaded.rows !== table.rows) {
    throw new TargetStatementError(`it took ${loaded.rows} of ${table.rows} rows`, '');
  }
  return { loaded, expected };
}

function refused({ message, sqlState }: TargetStatementError): RowsOutcome {
  return { state: 'failed', reason: `its rows could not be loaded: ${withSqlState(message, sqlState)}` };
}
