import type { Chunk, TableData } from '../../archive/manifest.ts';
import { asLongAsItHelps, loadWithoutRefusals, type SecondLoad } from '../../rows/refused-tables.ts';
import type { FailedStatement } from '../../target/apply/apply-schema.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { TargetStatementError } from '../../target/target.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { behindSavepoint } from '../target/behind-savepoint.ts';
import { GuardedStatements } from '../target/guarded-statements.ts';
import { isRefusal } from '../target/restore-sessions.ts';

/** Chunks that a table refused, and how it refused the last of them. */
export interface RefusedRows {
  chunks: readonly Chunk[];
  refusal: TargetStatementError;
}

export interface AgainOptions {
  /** Where a table is loaded. */
  placeOf(table: TableData): { readonly schema: string; readonly name: string };
  /** Loads one chunk: all of it, or nothing. */
  load(table: TableData, chunk: Chunk): Promise<void>;
  /** Loads one chunk inside a transaction, with its mark. */
  copy(table: TableData, chunk: Chunk): Promise<void>;
  /** Takes away also what may not come back. @default true */
  readonly mayLose?: boolean;
}

/**
 * Loads what tables have refused, now that all others have their rows, and takes what it could load out of `refused`. First as
 * they are, as long as that helps one of them. Then, in one transaction, under the application's search path; then without the
 * constraints that refuse the rows, which are made again when all rows are there. Returns those that could not be made as they were.
 */
export async function loadAgain(
  session: ServerTarget,
  refused: Map<TableData, RefusedRows>,
  run: Pick<RestoreRun, 'plan' | 'ledger'>,
  options: AgainOptions,
): Promise<readonly FailedStatement[]> {
  await loadAsTheyAre(refused, options);
  if (refused.size === 0) return [];
  const { failed, loaded } = await session.transaction(() =>
    loadWithoutRefusal(session, refused, run, options),
  );
  for (const table of loaded) refused.delete(table);
  return failed;
}

/** As long as that helps one of them: a constraint may look into another table. */
export async function loadAsTheyAre(
  refused: Map<TableData, RefusedRows>,
  options: Pick<AgainOptions, 'load'>,
): Promise<void> {
  await asLongAsItHelps(refused, async (table) => {
    const rows = refused.get(table);
    if (rows === undefined) return false;
    const left = await chunksLeft(table, rows, options);
    const helps = left.length < rows.chunks.length;
    if (left.length === 0) refused.delete(table);
    else rows.chunks = left;
    return helps;
  });
}

async function chunksLeft(
  table: TableData,
  rows: RefusedRows,
  { load }: Pick<AgainOptions, 'load'>,
): Promise<Chunk[]> {
  const left: Chunk[] = [];
  for (const chunk of rows.chunks) {
    try {
      await load(table, chunk);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      rows.refusal = error;
      left.push(chunk);
    }
  }
  return left;
}

/** Inside a transaction: constraints that are taken away in it are never missed by anybody else, nor by a restore that is cut. */
export async function loadWithoutRefusal(
  session: ServerTarget,
  refused: ReadonlyMap<TableData, RefusedRows>,
  { plan, ledger }: Pick<RestoreRun, 'plan' | 'ledger'>,
  { placeOf, copy, mayLose = true }: Omit<AgainOptions, 'load'>,
): Promise<SecondLoad> {
  const guarded = new GuardedStatements(session);
  // A sibling of a partition may be locked for as long as its index takes.
  if (!plan.intoExisting) await session.execute('SET LOCAL lock_timeout = 0');
  const refusals = new Map([...refused].map(([table, { refusal }]) => [table, refusal]));
  const second = await loadWithoutRefusals(refusals, {
    session: guarded,
    databaseSql: plan.backup.databaseSql,
    placeOf,
    mayLose,
    setSearchPath: (path) => session.execute(`SET LOCAL search_path = ${path}`),
    load: (table) =>
      behindSavepoint(session, async () => {
        for (const chunk of refused.get(table)?.chunks ?? []) await copy(table, chunk);
      }),
  });
  const losses = second.failed.map((one) => ({ ...one }));
  const marks = losses.length === 0 ? [] : ledger.mark([stepOf(refused)], losses);
  for (const mark of marks) await guarded.execute(mark);
  return second;
}

/** As long as the backup is the same, so is the first chunk. */
function stepOf(refused: ReadonlyMap<TableData, RefusedRows>): string {
  const [first] = [...refused.values()].flatMap(({ chunks }) => chunks.map(({ key }) => key)).sort();
  return `without constraints:${first}`;
}
