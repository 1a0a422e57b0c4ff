import * as v from 'valibot';
import type { TableData } from '../../archive/manifest.ts';
import { LEDGER_SCHEMA } from '../../catalog/own-schemas.ts';
import { qualifiedName, quoteLiteral } from '../../ground/sql.ts';
import type { RelationMessage } from '../../pgoutput/messages.ts';
import type { PlannedMoment } from '../../replay/plan/moment.ts';
import type { ReplayState } from '../../replay/replay-counts.ts';
import { replayMoment } from '../../replay/replay-moment.ts';
import type { RowsPlace } from '../../replay/replayed-table.ts';
import { serverSession } from '../../replay/server-session.ts';
import type { RowsOutcome } from '../../rows/load-rows.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { stagedPlace } from '../plan/staging.ts';

const STATE = qualifiedName(LEDGER_SCHEMA, 'replayed');
const counts = v.object({
  inserted: v.number(),
  updated: v.number(),
  deleted: v.number(),
  truncated: v.number(),
  rowsMore: v.number(),
});
const stateSchema = v.object({
  commitLsn: v.nullable(v.string()),
  committedAtMicros: v.nullable(v.string()),
  transactions: v.number(),
  tables: v.record(v.string(), counts),
});

export interface ReplayedRows {
  readonly state: ReplayState;
  /** What became of each table: those that have changed cannot be compared with the base any more. */
  readonly outcomes: Map<TableData, RowsOutcome>;
  /** The same, with the rows that each table has now. */
  readonly counted: Map<TableData, RowsOutcome>;
}

/**
 * Replays a moment's changes onto the rows of its base, before anything but primary keys was made on top of them: no trigger fires,
 * no foreign key looks, and no role of a superuser is needed. The target notes how far it came in the same transaction, so that
 * --resume goes on there. Then the rows of each changed table are counted.
 */
export async function replayChanges(
  moment: PlannedMoment,
  loaded: ReadonlyMap<TableData, RowsOutcome>,
  run: RestoreRun,
): Promise<ReplayedRows> {
  const { sessions, ledger, store, clock } = run;
  const { main } = sessions;
  const places = placesOf(loaded, run);
  if (ledger.isKept) await main.execute(`CREATE TABLE IF NOT EXISTS ${STATE} (state pg_catalog.jsonb)`);
  const before = ledger.isKept ? await readState(main) : undefined;
  const state = await clock.time('changes', () =>
    replayMoment({
      store,
      moment,
      session: serverSession(main),
      signal: sessions.signal,
      placeOf: (relation) => places.get(nameOf(relation)),
      resumes: before,
      ...(ledger.isKept ? { save: (reached: ReplayState) => saveState(main, reached) } : {}),
    }),
  );
  await main.execute('DISCARD TEMP');
  return { state, ...(await countRows(state, loaded, run)) };
}

async function readState(main: ServerTarget): Promise<ReplayState | undefined> {
  const { rows } = await main.execute(`SELECT state FROM ${STATE}`);
  const [row] = rows;
  return row?.state == null ? undefined : v.parse(stateSchema, JSON.parse(row.state));
}

async function saveState(main: ServerTarget, state: ReplayState): Promise<void> {
  await main.execute(`DELETE FROM ${STATE}`);
  await main.execute(`INSERT INTO ${STATE} VALUES (${quoteLiteral(JSON.stringify(state))})`);
}

/** Where the rows of each table of the base are, by its name at the source. */
function placesOf(
  loaded: ReadonlyMap<TableData, RowsOutcome>,
  { plan }: RestoreRun,
): ReadonlyMap<string, RowsPlace> {
  const places = new Map<string, RowsPlace>();
  const found = byName(loaded);
  for (const table of plan.tables) {
    const staged = stagedPlace(plan, table);
    const [, outcome] = found.get(nameOf(staged)) ?? [];
    if (outcome?.state === 'loaded')
      places.set(nameOf(table), { schema: outcome.at.schema, name: outcome.at.table });
    if (outcome?.state === 'through-root' && table.partitionRoot)
      places.set(nameOf(table), { ...stagedPlace(plan, table.partitionRoot), isTree: true });
  }
  return places;
}

async function countRows(
  { tables }: ReplayState,
  loaded: ReadonlyMap<TableData, RowsOutcome>,
  { plan, sessions, log }: RestoreRun,
): Promise<Omit<ReplayedRows, 'state'>> {
  const outcomes = new Map(loaded);
  const counted = new Map(loaded);
  const there = byName(loaded);
  for (const table of plan.tables) {
    const changed = tables[nameOf(table)];
    const staged = stagedPlace(plan, table);
    const [placed, outcome] = there.get(nameOf(staged)) ?? [];
    if (!changed || !placed || outcome?.state !== 'loaded') continue;
    const expected = (changed.truncated > 0 ? 0 : table.rows) + changed.rowsMore;
    const { rows: answer } = await sessions.main.execute(
      `SELECT pg_catalog.count(*) AS count FROM ONLY ${qualifiedName(outcome.at.schema, outcome.at.table)}`,
    );
    const found = Number(answer[0]?.count);
    const changes = changed.inserted + changed.updated + changed.deleted;
    counted.set(placed, { ...outcome, expected: { ...outcome.expected, rows: found } });
    if (found !== expected) {
      const reason = `${found} rows are there after ${changes} changes were replayed, and ${expected} should be`;
      outcomes.set(placed, { state: 'failed', reason });
      log.problems.push({ kind: 'table', name: `${table.schema}.${table.name}`, verdict: 'differs', reason });
      continue;
    }
    outcomes.set(placed, {
      state: 'skipped',
      reason: `${changes} changes were replayed, each found its rows, and the ${found} rows were counted; a moment between two backups has no digest to compare with`,
    });
  }
  return { outcomes, counted };
}

function byName(loaded: ReadonlyMap<TableData, RowsOutcome>) {
  return new Map([...loaded].map((one) => [nameOf(one[0]), one]));
}

function nameOf({ schema, name }: Pick<TableData | RelationMessage, 'schema' | 'name'>): string {
  return `${schema}.${name}`;
}
