import type { ReportItem } from '../archive/drill-report.ts';
import type { SequenceValue } from '../archive/manifest.ts';
import { qualifiedName } from '../ground/sql.ts';
import type { Target } from '../target/target.ts';

/** Sequences that one statement reads. UNION ALL nests, and the embedded server's stack is small. */
const SEQUENCES_AT_ONCE = 100;

/** Compares the value of each existing sequence. The comparison of catalogs reports missing ones. */
export async function compareSequences(
  target: Target,
  expected: readonly SequenceValue[],
): Promise<ReportItem[]> {
  const { rows } = await target.execute(`
    SELECT n.nspname::text AS schema, c.relname::text AS name
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S'`);
  const there = new Set(rows.map(({ schema, name }) => qualifiedName(String(schema), String(name))));
  const present = expected.filter(({ schema, name }) => there.has(qualifiedName(schema, name)));
  const items: ReportItem[] = [];
  for (let first = 0; first < present.length; first += SEQUENCES_AT_ONCE) {
    items.push(...(await compareSome(target, present.slice(first, first + SEQUENCES_AT_ONCE))));
  }
  return items;
}

async function compareSome(target: Target, sequences: readonly SequenceValue[]): Promise<ReportItem[]> {
  const selects = sequences.map(
    ({ schema, name }, position) =>
      `SELECT ${position} AS position, last_value::text AS value, is_called::text AS called FROM ${qualifiedName(schema, name)}`,
  );
  const { rows } = await target.execute(`${selects.join(' UNION ALL ')} ORDER BY position`);
  return sequences.map(({ schema, name, lastValue, isCalled }, index): ReportItem => {
    const found = rows[index];
    const item = { kind: 'sequence' as const, name: `${schema}.${name}` };
    if (found?.value === lastValue && found.called === String(isCalled)) return { ...item, verdict: 'match' };
    return {
      ...item,
      verdict: 'differs',
      reason: `its value is ${found?.value} (called: ${found?.called}); at the source it was ${lastValue} (called: ${isCalled})`,
    };
  });
}
