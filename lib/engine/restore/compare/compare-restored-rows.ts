import type { ReportItem } from '../../archive/drill-report.ts';
import type { TableData } from '../../archive/manifest.ts';
import { majorOf } from '../../connection/server-major.ts';
import { compareTables } from '../../proof/compare-tables.ts';
import { tellOf } from '../../proof/comparison-clock.ts';
import { printAsArchivedServer } from '../../proof/printed-as-archived.ts';
import type { RowsOutcome } from '../../rows/load-rows.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { relationKey } from '../archived/relation-key.ts';
import { cutIntoParts, PART_BYTES, PartsRead } from './read-in-parts.ts';

/** Reads every table back and compares it with what was read from the source, in all sessions at once. */
export async function compareRestoredRows(
  outcomes: ReadonlyMap<TableData, RowsOutcome>,
  { sessions, clock, plan }: Pick<RestoreRun, 'sessions' | 'clock' | 'plan'>,
  partBytes = PART_BYTES,
): Promise<ReportItem[]> {
  const print = await printAsArchivedServer(sessions.main, majorOf(plan.backup.manifest.server));
  const events = tellOf(clock);
  const groups = inGroups(outcomes);
  const alone = new Map(groups.filter(({ size }) => size === 1).flatMap((group) => [...group]));
  const parts = new PartsRead(print, events);
  const cut = sessions.all.length > 1 ? await cutIntoParts(sessions.main, alone, partBytes) : [];
  const isCut = new Set(cut.map(({ table }) => table));
  const items: ReportItem[] = [];
  const compare = async (session: ServerTarget, group: ReadonlyMap<TableData, RowsOutcome>) => {
    items.push(...(await compareTables(session, group, { print, events, digests: parts.digests })));
  };
  const work: Work[] = [
    ...cut.flatMap((one) =>
      one.parts.map(
        (pages): Work =>
          async (session) => {
            const outcome = outcomes.get(one.table);
            if ((await parts.read(session, one, pages)) && outcome) {
              await compare(session, new Map([[one.table, outcome]]));
            }
          },
      ),
    ),
    ...groups
      .filter((group) => ![...group.keys()].some((table) => isCut.has(table)))
      .map(
        (group): Work =>
          (session) =>
            compare(session, group),
      ),
  ];
  await sessions.each(work, (session, one) => one(session));
  const order = new Map([...outcomes.keys()].map(({ schema, name }, at) => [`${schema}.${name}`, at]));
  return items.toSorted((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
}

type Work = (session: ServerTarget) => Promise<void>;

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
