import { readChunk } from '../archive/codec/decode.ts';
import type { Chunk, Manifest, TableData } from '../archive/manifest.ts';
import { withSqlState } from '../connection/server-words.ts';
import { type ContentDigest, EMPTY_DIGEST, sumDigests } from '../copy-text/row-digest.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { FailedStatement, SchemaContext } from '../target/apply/apply-schema.ts';
import { type CopyDestination, type Target, TargetStatementError } from '../target/target.ts';
import { bareTable } from './bare-table.ts';
import type { LiftedConstraint } from './lifted-constraints.ts';
import { type LoadedTable, loadTable } from './load-table.ts';
import { mayLoadLater } from './refusal-of-rows.ts';
import { asLongAsItHelps, loadWithoutRefusals } from './refused-tables.ts';
import { throughRootAtNeed } from './through-root.ts';
import { NotTranscodableError, transcode } from './transcode.ts';

/** What became of a table's rows. */
export type RowsOutcome =
  /** In `at`, and `expected` is what a digest of that has to give; `elsewhere`: why `at` is not the table itself. */
  | {
      readonly state: 'loaded';
      readonly at: CopyDestination;
      readonly expected: ContentDigest;
      readonly elsewhere?: string;
      /** The table should have taken them: that they are somewhere else is a failure. */
      readonly isRefused?: true;
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
  /** Called after each chunk. */
  readonly onBytes?: (rawBytes: number) => void;
  /** Passes the pieces of a chunk on, and counts them. */
  readonly counted?: (chunk: Chunk, pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
  /** database.sql, for the search path that it sets. */
  readonly databaseSql?: string;
  /** What became of tables that refused their rows. @default nothing is done about them */
  readonly refused?: RefusedRowsOptions;
}

export interface RefusedRowsOptions {
  /** Whether constraints that were taken away for a while are made again. */
  readonly makesAgain: boolean;
  /** Told of constraints that could not be made again as they were. */
  readonly onFailed?: (failed: readonly FailedStatement[]) => void;
  /** Told of a table that has its rows without some of its constraints. */
  readonly onLifted?: (table: TableData, lifted: readonly LiftedConstraint[]) => void;
}

/**
 * Loads the rows of every table, in the order of the archive, and tells what became of each. Those that were refused are tried
 * again when all others are there: a constraint may look into another table.
 */
export async function loadRows(options: LoadRowsOptions): Promise<Map<TableData, RowsOutcome>> {
  const outcomes = new Map<TableData, RowsOutcome>();
  const refused = new Map<TableData, TargetStatementError>();
  for (const table of options.manifest.tables) {
    options.signal.throwIfAborted();
    outcomes.set(table, await loadOne(table, options, refused));
    if (!refused.has(table)) options.onTable();
  }
  for (const [table, outcome] of await loadRefused(refused, options)) {
    outcomes.set(table, outcome);
    options.onTable();
  }
  return outcomes;
}

async function loadOne(
  table: TableData,
  options: LoadRowsOptions,
  refusals: Map<TableData, TargetStatementError>,
): Promise<RowsOutcome> {
  const { schema, name } = table;
  const withoutRows = (reason: string): RowsOutcome => {
    options.context.emptied.add({ kind: 'table', schema, name }, reason);
    return { state: 'skipped', reason };
  };
  if (table.dataLeftOut !== undefined) {
    return withoutRows(`its rows are not in the backup: ${table.dataLeftOut}`);
  }
  try {
    return await loadIntoPlace(table, options);
  } catch (error) {
    if (error instanceof NotTranscodableError) return withoutRows(`the table ${error.message}`);
    if (!(error instanceof TargetStatementError)) throw error;
    if (mayLoadLater(error)) refusals.set(table, error);
    return failure(error);
  }
}

/** Loads into the table itself, or through the root of its tree. Throws the table's own refusal. */
async function loadIntoPlace(table: TableData, options: LoadRowsOptions): Promise<RowsOutcome> {
  const { schema, name, columns } = table;
  return await throughRootAtNeed<RowsOutcome>(
    table,
    async () => {
      const { loaded, expected } = await load(table, { schema, table: name, columns }, options);
      const elsewhere = loaded.elsewhere === undefined ? {} : { elsewhere: loaded.elsewhere };
      return { state: 'loaded', at: loaded.table, expected, ...elsewhere };
    },
    async (root, refusal) => {
      try {
        const destination = { schema: root.schema, table: root.name, columns };
        const { expected } = await load(table, destination, options);
        return { state: 'through-root', expected };
      } catch (error) {
        throw error instanceof TargetStatementError ? refusal : error;
      }
    },
  );
}

/** The tables that refused their rows, once more (refused-tables.ts); at last in a bare table. */
async function loadRefused(
  refused: Map<TableData, TargetStatementError>,
  options: LoadRowsOptions,
): Promise<Map<TableData, RowsOutcome>> {
  const { target, signal, databaseSql = '' } = options;
  const outcomes = new Map<TableData, RowsOutcome>();
  await asLongAsItHelps(refused, async (table) => {
    signal.throwIfAborted();
    const again = new Map<TableData, TargetStatementError>();
    const outcome = await loadOne(table, options, again);
    const refusal = again.get(table);
    if (refusal !== undefined) {
      refused.set(table, refusal);
      return false;
    }
    outcomes.set(table, outcome);
    return refused.delete(table);
  });
  if (!options.refused) {
    for (const [table, refusal] of refused) outcomes.set(table, failure(refusal));
    return outcomes;
  }
  const { makesAgain, onFailed, onLifted } = options.refused;
  const { failed } = await loadWithoutRefusals(refused, {
    session: target,
    databaseSql,
    placeOf: (table) => table,
    setSearchPath: (path) => target.execute(`SET search_path = ${path}`),
    load: async (table) => {
      signal.throwIfAborted();
      outcomes.set(table, await loadIntoPlace(table, options));
    },
    makesAgain,
    ...(onLifted === undefined ? {} : { onLifted }),
    onRefused: async (table) => {
      outcomes.set(
        table,
        await loadBare(table, failure(refused.get(table) as TargetStatementError), options),
      );
    },
  });
  onFailed?.(failed);
  return outcomes;
}

/** Into a table of the same types, or else of texts; `refused` where neither takes them. */
async function loadBare(
  table: TableData,
  refused: Extract<RowsOutcome, { state: 'failed' }>,
  options: LoadRowsOptions,
): Promise<RowsOutcome> {
  const like = { schema: table.schema, table: table.name, columns: table.columns };
  for (const asText of [false, true]) {
    try {
      const at = await bareTable(options.target, like, { asText });
      const { expected } = await load(table, at, options);
      return { state: 'loaded', at, expected, elsewhere: refused.reason, isRefused: true };
    } catch (error) {
      if (!(error instanceof TargetStatementError)) throw error;
    }
  }
  return refused;
}

async function load(
  table: TableData,
  destination: CopyDestination,
  { store, manifest, target, context, signal, onBytes, counted = (_, pieces) => pieces }: LoadRowsOptions,
): Promise<{ loaded: LoadedTable; expected: ContentDigest }> {
  let contents: ContentDigest[] = [];
  async function* body() {
    contents = [];
    for (const chunk of table.chunks) {
      const pieces = counted(chunk, readChunk(store, chunk, signal));
      const { text, content } = await transcode(pieces, manifest.server.encoding);
      yield* text;
      contents.push(content());
      onBytes?.(chunk.rawBytes);
    }
  }
  const loaded = await loadTable(target, context, destination, body);
  const expected = contents.length === 0 ? EMPTY_DIGEST : sumDigests(contents);
  if (loaded.rows !== table.rows) {
    throw new TargetStatementError(`it took ${loaded.rows} of ${table.rows} rows`, '');
  }
  return { loaded, expected };
}

function failure({ message, sqlState }: TargetStatementError): Extract<RowsOutcome, { state: 'failed' }> {
  return { state: 'failed', reason: `its rows could not be loaded: ${withSqlState(message, sqlState)}` };
}
