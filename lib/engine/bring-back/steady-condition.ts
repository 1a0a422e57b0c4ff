import type { BackupCopy } from '../browse/copy/backup-copy.ts';
import { LifeboatError } from '../ground/errors.ts';
import { TargetStatementError } from '../target/target.ts';

/** Where PostgreSQL's trees of expressions name a function: of a call, an operator, an aggregate, a window. */
const FUNCTIONS = '\\:(?:funcid|opfuncid|aggfnoid|winfnoid|hashfuncid|negfuncid) (\\d+)';

/**
 * Refuses a condition that calls a volatile function, such as random(): it would choose other rows in the run than in the
 * trial. The condition becomes the query of a view, which is analysed and never run, and the functions are read from
 * there. A condition that cannot be analysed is left to whoever evaluates it.
 */
export async function requireSteady(copy: BackupCopy, from: string, condition: string): Promise<void> {
  const volatile = await volatileIn(copy, from, condition);
  if (volatile === undefined) return;
  throw new LifeboatError({
    code: 'restore-rows-condition',
    kind: 'usage',
    what: `--where calls ${volatile}(), which may answer otherwise each time, or do something besides.`,
    meaning: 'The rows that you are shown would not be the rows that are changed. Nothing was changed.',
    remedy: 'Use the values of columns, and functions that are IMMUTABLE or STABLE.',
  });
}

async function volatileIn(
  { target, defaults }: BackupCopy,
  from: string,
  condition: string,
): Promise<string | undefined> {
  await target.execute('BEGIN');
  try {
    const path = defaults.get('search_path') ?? '"$user", public';
    await target.execute(`SET LOCAL search_path TO ${path}`);
    await target.execute(
      `CREATE TEMPORARY VIEW lifeboat_condition AS SELECT FROM ${from} WHERE ${condition}`,
    );
    const { rows } = await target.execute(`
      SELECT p.proname AS name
        FROM pg_catalog.pg_rewrite w, pg_catalog.regexp_matches(w.ev_action::pg_catalog.text, '${FUNCTIONS}', 'g') m
        JOIN pg_catalog.pg_proc p ON p.oid = m[1]::pg_catalog.oid
       WHERE w.ev_class = 'pg_temp.lifeboat_condition'::pg_catalog.regclass AND p.provolatile = 'v' LIMIT 1`);
    return rows[0]?.name ?? undefined;
  } catch (error) {
    if (error instanceof TargetStatementError) return undefined;
    throw error;
  } finally {
    await target.execute('ROLLBACK');
  }
}
