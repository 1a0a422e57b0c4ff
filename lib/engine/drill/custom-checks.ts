import type { ReportItem } from '../archive/drill-report.ts';
import { messageOf } from '../ground/errors.ts';
import type { Target } from '../target/target.ts';

/** A check of the user's own: SQL that returns one row of one column, and its expected value as text. */
export interface CustomCheck {
  readonly name: string;
  readonly sql: string;
  readonly expect: string;
}

/** Runs each check on the restored database, with `public` as search path. One that fails to run differs. */
export async function runCustomChecks(target: Target, checks: readonly CustomCheck[]): Promise<ReportItem[]> {
  if (checks.length === 0) return [];
  await target.execute('SET search_path = public');
  const items: ReportItem[] = [];
  for (const check of checks) items.push(await runCheck(target, check));
  await target.execute("SET search_path = ''");
  return items;
}

async function runCheck(target: Target, { name, sql, expect }: CustomCheck): Promise<ReportItem> {
  const item = { kind: 'custom-check' as const, name };
  try {
    const { rows } = await target.execute(sql);
    const [row] = rows;
    const values = row ? Object.values(row) : [];
    if (rows.length !== 1 || values.length !== 1) {
      return { ...item, verdict: 'differs', reason: 'it must return one row of one column' };
    }
    return values[0] === expect
      ? { ...item, verdict: 'match' }
      : {
          ...item,
          verdict: 'differs',
          reason: `it returned ${values[0] ?? 'NULL'}, but ${expect} was expected`,
        };
  } catch (error) {
    return { ...item, verdict: 'differs', reason: `it could not be run: ${messageOf(error)}` };
  }
}
