import type { TableData } from '../archive/manifest.ts';
import type { FailedStatement } from '../target/apply/outcome.ts';
import type { Target, TargetStatementError } from '../target/target.ts';
import { type LiftedConstraint, loadWithoutConstraints, makeAgain } from './lifted-constraints.ts';
import { refusalOf, searchPathFor, wantsSearchPath } from './refusal-of-rows.ts';

/** Our own search path: none. */
const OURS = "''";

/** How the rows of tables that refused them are loaded once more. */
export interface SecondLoading {
  /** Each statement stands by itself: a refused one leaves the session as it was before. */
  readonly session: Pick<Target, 'execute'>;
  /** database.sql, for the search path that it sets. */
  readonly databaseSql: string;
  /** Where a table is loaded. */
  placeOf(table: TableData): { readonly schema: string; readonly name: string };
  setSearchPath(path: string): Promise<unknown>;
  /** Loads all rows that the table still misses: all of them, or it throws the refusal. */
  load(table: TableData): Promise<void>;
  /** Whether also what may not come back is taken away (lifted-constraints.ts). @default true */
  readonly mayLose?: boolean;
  /** Whether constraints that were taken away are made again. @default true */
  readonly makesAgain?: boolean;
  /** Told of a table that has its rows without some of its constraints. */
  onLifted?(table: TableData, lifted: readonly LiftedConstraint[]): void;
  /** Told of a table that refuses its rows whatever was tried. */
  onRefused?(table: TableData, refusal: TargetStatementError): Promise<void>;
}

export interface SecondLoad {
  /** Tables that have their rows now. */
  readonly loaded: readonly TableData[];
  /** Constraints that could not be made again as they were. */
  readonly failed: readonly FailedStatement[];
}

/** Tries each table again for as long as that helps one of them: a constraint may look into another table. */
export async function asLongAsItHelps(
  refused: ReadonlyMap<TableData, unknown>,
  attempt: (table: TableData) => Promise<boolean>,
): Promise<void> {
  for (let helps = true; helps; ) {
    helps = false;
    for (const table of [...refused.keys()]) helps = (await attempt(table)) || helps;
  }
}

/**
 * Loads the rows that tables refused although all others have theirs: under the application's search path, where that can help;
 * then without the constraints that refuse them, which are made again when all rows are there.
 */
export async function loadWithoutRefusals(
  refused: ReadonlyMap<TableData, TargetStatementError>,
  loading: SecondLoading,
): Promise<SecondLoad> {
  const { session, databaseSql, mayLose = true, makesAgain = true } = loading;
  const lifted: Array<{ of: readonly LiftedConstraint[]; refusal: TargetStatementError; path: string }> = [];
  const loaded: TableData[] = [];
  for (const [table, refusal] of refused) {
    const place = loading.placeOf(table);
    const path = wantsSearchPath(refusal) ? searchPathFor(place.schema, databaseSql) : OURS;
    const load = () => loading.load(table);
    await underPath(path, async () => {
      // What refuses these rows may have been taken away for a table before: a domain's constraint, a parent's.
      const mayHelp = path !== OURS || lifted.length > 0;
      const last = mayHelp ? await refusalOf(load) : refusal;
      if (last === undefined) {
        loaded.push(table);
        return;
      }
      let of: LiftedConstraint[] = [];
      const stays = await refusalOf(async () => {
        of = await loadWithoutConstraints(session, place, load, last, { mayLose });
      });
      if (stays !== undefined) return await loading.onRefused?.(table, stays);
      loading.onLifted?.(table, of);
      lifted.push({ of, refusal, path });
      loaded.push(table);
    });
  }
  const failed: FailedStatement[] = [];
  for (const { of, refusal, path } of makesAgain ? lifted.toReversed() : []) {
    await underPath(path, async () => {
      failed.push(...(await makeAgain(session, of, refusal)));
    });
  }
  return { loaded, failed };

  async function underPath(path: string, work: () => Promise<unknown>): Promise<void> {
    if (path !== OURS) await loading.setSearchPath(path);
    try {
      await work();
    } finally {
      if (path !== OURS) await loading.setSearchPath(OURS);
    }
  }
}
