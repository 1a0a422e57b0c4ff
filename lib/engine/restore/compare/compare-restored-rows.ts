import type { ReportItem } from '../../archive/drill-report.ts';
import type { TableData } from '../../archive/manifest.ts';
import { majorOf } from '../../connection/server-major.ts';
import { compareTables } from '../../proof/compare-tables.ts';
import { tellOf } from '../../proof/comparison-clock.ts';
import { printAsArchivedServer } from '../../proof/printed-as-archived.ts';
import type { RowsOutcome } from '../../rows/load-rows.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { relationKey } from '../archived/relation-key.ts';

/** Reads every table back and compares it with what was read from the source, in all sessions at once. */
export async function compareRestoredRows(
  outcomes: ReadonlyMap<TableData, RowsOutcome>,
  { sessions, clock, plan }: Pick<RestoreRun, 'sessions' | 'clock' | 'plan'>,
): Promise<ReportItem[]> {
  const print = await printAsArchivedServer(sessions.main, majorOf(plan.backup.manifest.server));
  const items: ReportItem[] = [];
  await sessions.each(inGroups(outcomes), async (session, group) => {
    items.push(...(await compareTables(session, group, { print, events: tellOf(clock) })));
  });
  const order = [...outcomes.keys()].map(({ schema, name }) => `${schema}.${name}`);
  return items.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/** Groups of one table, or of one partition tree that was loaded through its root; the largest first. */
function inGroups(outcomes: ReadonlyMap<TableData, RowsOutcome>): Array<Map<TableData, RowsOutcome>> {
  const rootOf = ({ partitionRoot: root }: TableData) => root && relationKey(root.schema, root.name);
  const reroutedRoots = new Set(
    [...outcomes].flatMap(([table, { state }]) => (state === 'through-root' ? (rootOf(table) ?? []) : [])),
  );
  const groups = Map.groupBy(outcomes, ([table]) => {
    const root = rootOf(table);
    return root !== undefined && reroutedRoots.has(root) ? root : relationKey(table.schema, table.name);
  });
  const bytesOf = (group: ReadonlyArray<readonly [TableData, RowsOutcome]>) =>
    group.reduce((sum, [{ rawBytes }]) => sum + rawBytes, 0);
  return [...groups.values()].toSorted((a, b) => bytesOf(b) - bytesOf(a)).map((group) => new Map(group));
}
