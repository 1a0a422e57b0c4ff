import type { Chunk, TableData } from '../../archive/manifest.ts';
import { type LiftedConstraint, loadWithoutConstraints, makeAgain } from '../../rows/lifted-constraints.ts';
import { searchPathFor, wantsSearchPath } from '../../rows/refusal-of-rows.ts';
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

const OURS = "''";

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
): Promise<FailedStatement[]> {
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
  for (let helps = true; helps; ) {
    helps = false;
    for (const [table, rows] of [...refused]) {
      const left = await chunksLeft(table, rows, options);
      helps ||= left.length < rows.chunks.length;
      if (left.length === 0) refused.delete(table);
      else rows.chunks = left;
    }
  }
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
): Promise<{ failed: FailedStatement[]; loaded: TableData[] }> {
  const guarded = new GuardedStatements(session);
  const setPath = (path: string) => session.execute(`SET LOCAL search_path = ${path}`);
  const lifted: Array<{ of: readonly LiftedConstraint[]; refusal: TargetStatementError; path: string }> = [];
  const loaded: TableData[] = [];
  // A sibling of a partition may be locked for as long as its index takes.
  if (!plan.intoExisting) await session.execute('SET LOCAL lock_timeout = 0');
  for (const [table, { chunks, refusal }] of refused) {
    const place = placeOf(table);
    const path = wantsSearchPath(refusal) ? searchPathFor(place.schema, plan.backup.databaseSql) : OURS;
    const load = () =>
      behindSavepoint(session, async () => {
        for (const chunk of chunks) await copy(table, chunk);
      });
    await setPath(path);
    try {
      // What refuses these rows may have been taken away for a table before: a domain's constraint, a parent's.
      const mayHelp = path !== OURS || lifted.length > 0;
      if (!mayHelp || !(await isTaken(load))) {
        const of = await loadWithoutConstraints(guarded, place, load, refusal, { mayLose });
        lifted.push({ of, refusal, path });
      }
      loaded.push(table);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    await setPath(OURS);
  }
  const failed: FailedStatement[] = [];
  for (const { of, refusal, path } of lifted.toReversed()) {
    await setPath(path);
    failed.push(...(await makeAgain(guarded, of, refusal)));
  }
  await setPath(OURS);
  const losses = failed.map((one) => ({ ...one }));
  const marks = losses.length === 0 ? [] : ledger.mark([stepOf(refused)], losses);
  for (const mark of marks) await guarded.execute(mark);
  return { failed, loaded };
}

/** As long as the backup is the same, so is the first chunk. */
function stepOf(refused: ReadonlyMap<TableData, RefusedRows>): string {
  const [first] = [...refused.values()].flatMap(({ chunks }) => chunks.map(({ key }) => key)).sort();
  return `without constraints:${first}`;
}

async function isTaken(load: () => Promise<void>): Promise<boolean> {
  try {
    await load();
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
