import type { Chunk, TableData } from '../../archive/manifest.ts';
import { withSqlState } from '../../connection/server-words.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { RowsOutcome } from '../../rows/load-rows.ts';
import { mayLoadLater } from '../../rows/refusal-of-rows.ts';
import { throughRootAtNeed } from '../../rows/through-root.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { emptyTables } from '../apply/replace-existing.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { relationKey } from '../archived/relation-key.ts';
import { stepOfChunk } from '../plan/chunk-steps.ts';
import { behindSavepoint } from '../target/behind-savepoint.ts';
import { GuardedStatements } from '../target/guarded-statements.ts';
import { type LockWaiting, type LockWish, withLocks } from '../target/lock-attempts.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import { loadAsTheyAre, loadWithoutRefusal, type RefusedRows } from './load-again.ts';
import { copyChunkIn, DAMAGE } from './row-loading.ts';
import { checkForeignKeys, type ForeignKey, foreignKeysOf, inReferenceOrder } from './rows-alone.ts';
import { switchTriggersBack, switchTriggersOff } from './trigger-states.ts';

/** Its work inside a transaction. */
interface GroupRun extends ExistingRun {
  /** Partitions whose rows went in through the root. */
  readonly rerouted: Set<TableData>;
}

type ExistingRun = Pick<
  RestoreRun,
  'plan' | 'store' | 'sessions' | 'ledger' | 'log' | 'clock' | 'onLockWait'
>;

/**
 * Whether a table is not of this restore's making: it is there with its keys, constraints and triggers when its rows come. So all
 * tables are where rows alone are restored, the host's, and those that an extension has made.
 */
export function isExisting(
  { schema, name }: Pick<TableData, 'schema' | 'name'>,
  { scope, hostSchemas, backup, newName }: RestoreRun['plan'],
): boolean {
  if (newName) return false;
  if (scope.content === 'data' || hostSchemas.has(schema)) return true;
  return !backup.schema.relations.has(relationKey(schema, name));
}

/**
 * Empties tables that are there and loads their rows, those that refer to each other in one transaction: what cannot be loaded
 * leaves what was there. No trigger fires, and each is as it was before; rows that are referred to come first, and whether all of
 * them are there is looked at in the end. Where rows alone are restored, it is all tables or none: throws `restore-rows-refused`.
 */
export async function loadExisting(
  tables: readonly TableData[],
  run: ExistingRun,
): Promise<Map<TableData, RowsOutcome>> {
  const outcomes = new Map<TableData, RowsOutcome>();
  if (tables.length === 0) return outcomes;
  const { plan, sessions } = run;
  const keys = await foreignKeysOf(sessions.main, tables);
  const groups = plan.scope.content === 'data' ? [tables] : inGroups(tables, keys);
  for (const group of groups) {
    const rerouted = new Set<TableData>();
    const failure = await loadGroup(group, keys, run, rerouted).catch(async (error: unknown) => {
      const isHeld = error instanceof LifeboatError && error.code === 'restore-lock-held';
      // Nothing was done, so there is nothing to resume.
      if (isHeld && plan.scope.content === 'data') await run.ledger.remove(sessions.main);
      throw error;
    });
    if (failure !== undefined && plan.scope.content === 'data') {
      await run.ledger.remove(sessions.main);
      throw notLoaded(run, failure);
    }
    for (const table of group) {
      const outcome: RowsOutcome =
        failure === undefined ? loaded(table, rerouted) : { state: 'failed', reason: failure };
      outcomes.set(table, outcome);
      run.clock.tableDone();
    }
  }
  return outcomes;
}

/** Undefined when it is done; else why nothing of it was. */
async function loadGroup(
  tables: readonly TableData[],
  foreignKeys: readonly ForeignKey[],
  run: ExistingRun,
  rerouted: Set<TableData>,
): Promise<string | undefined> {
  const { ledger, sessions, clock } = run;
  const chunks = tables.flatMap((table) => table.chunks);
  if (chunks.length > 0 && chunks.every((chunk) => ledger.isDone(stepOfChunk(chunk)))) {
    for (const chunk of chunks) clock.chunkReached(chunk, chunk.rawBytes);
    return undefined;
  }
  let at: TableData | undefined;
  try {
    // The lock of TRUNCATE, but in short attempts: nobody should queue behind it for long.
    await withLocks(sessions.main, locksFor(tables, run), waitingOf(run), () =>
      loadInTransaction(sessions.main, tables, foreignKeys, { ...run, rerouted }, (table) => {
        at = table;
      }),
    );
    return undefined;
  } catch (error) {
    const where = at === undefined ? '' : `${at.schema}.${at.name}: `;
    if (isRefusal(error))
      return `${where}its rows could not be loaded: ${withSqlState(error.message, error.sqlState)}`;
    if (error instanceof LifeboatError && DAMAGE.has(error.code)) return `${where}${error.what}`;
    throw error;
  }
}

function locksFor(tables: readonly TableData[], { plan }: ExistingRun): LockWish {
  const names = new Set(tables.map(({ schema, name }) => relationKey(schema, name)));
  const alone = plan.empties.map(({ key }) => key).filter((key) => names.has(key));
  return { alone: alone.sort(), againstWriting: [], patienceMs: plan.locks.patienceMs };
}

function waitingOf({ plan, sessions, onLockWait }: ExistingRun): LockWaiting {
  const isAll = plan.scope.content === 'data';
  return {
    signal: sessions.signal,
    ...(onLockWait ? { onWait: onLockWait } : {}),
    whenGivenUp: {
      meaning: isAll
        ? 'Nothing was changed: the tables hold what they held.'
        : 'These tables hold what they held.',
      remedy: isAll ? 'Then run the same command again.' : 'Then run the same command with --resume.',
    },
  };
}

async function loadInTransaction(
  session: ServerTarget,
  tables: readonly TableData[],
  foreignKeys: readonly ForeignKey[],
  run: GroupRun,
  onTable: (table: TableData | undefined) => void,
): Promise<void> {
  const { plan, ledger, log } = run;
  const guarded = new GuardedStatements(session);
  const names = tables.map(({ schema, name }) => relationKey(schema, name));
  // What a restore of an earlier version had loaded of them, a transaction for each chunk, is emptied with the rest.
  const steps = tables.flatMap(({ chunks }) => chunks.map(stepOfChunk));
  for (const unmark of ledger.unmark(steps.filter((step) => ledger.isDone(step))))
    await session.execute(unmark);
  const triggers = await switchTriggersOff(session, guarded, names);
  await emptyTables(
    session,
    plan.empties.filter(({ key }) => names.includes(key)),
  );
  if (!triggers.isReplica) await session.execute('SET CONSTRAINTS ALL DEFERRED');
  await loadAll(session, inReferenceOrder(tables, foreignKeys).flat(), run, onTable);
  onTable(undefined);
  // Whatever waits for the end of the transaction is in the way of switching triggers back.
  if (!triggers.isReplica) await session.execute('SET CONSTRAINTS ALL IMMEDIATE');
  await switchTriggersBack(session, triggers, names);
  if (triggers.isReplica && plan.scope.content !== 'data') {
    const own = foreignKeys.filter(({ from }) => names.includes(from));
    const found = await checkForeignKeys(session, own);
    log.problems.push(...found.filter(({ verdict }) => verdict !== 'match'));
  }
  for (const trigger of triggers.firing) {
    log.problems.push({
      kind: 'statement',
      name: `trigger ${trigger}`,
      verdict: 'skipped',
      reason: 'it fired for the rows that were loaded: only the owner of the table may switch it off',
    });
  }
}

/**
 * Each table, and those that refused their rows once more when all others have theirs: a constraint may look into another table, or
 * be NOT VALID and look at no row that was there before. But each has to be again what it was, or the refusal is thrown.
 */
async function loadAll(
  session: ServerTarget,
  tables: readonly TableData[],
  run: GroupRun,
  onTable: (table: TableData) => void,
): Promise<void> {
  const refused = new Map<TableData, RefusedRows>();
  for (const table of tables) {
    onTable(table);
    try {
      await behindSavepoint(session, async () => {
        for (const chunk of table.chunks) await loadChunk(session, table, chunk, run);
      });
    } catch (error) {
      if (!isRefusal(error) || !mayLoadLater(error)) throw error;
      refused.set(table, { chunks: table.chunks, refusal: error });
    }
  }
  const copy = (table: TableData, chunk: Chunk) => loadChunk(session, table, chunk, run);
  await loadAsTheyAre(refused, {
    load: (table, chunk) => behindSavepoint(session, () => copy(table, chunk)),
  });
  if (refused.size === 0) return;
  const how = { placeOf: (table: TableData) => table, copy, mayLose: false };
  const { failed, loaded } = await loadWithoutRefusal(session, refused, run, how);
  const isOf = ({ schema, name }: TableData) =>
    failed.some(({ on }) => on?.schema === schema && on.name === name);
  const left = [...refused.keys()].filter((table) => !loaded.includes(table) || failed.length > 0);
  const [culprit] = left.toSorted((a, b) => Number(isOf(b)) - Number(isOf(a)));
  if (culprit === undefined) return;
  onTable(culprit);
  throw refused.get(culprit)?.refusal;
}

/** A partition that another one should take the rows of: through the root. */
async function loadChunk(
  session: ServerTarget,
  table: TableData,
  chunk: Chunk,
  run: GroupRun,
): Promise<void> {
  const load = { columns: table.columns, chunk, step: stepOfChunk(chunk) };
  await throughRootAtNeed(
    table,
    () => behindSavepoint(session, () => copyChunkIn(session, { ...load, at: table }, run)),
    async (root) => {
      await copyChunkIn(session, { ...load, at: root }, run);
      run.rerouted.add(table);
    },
  );
}

function loaded(table: TableData, rerouted: ReadonlySet<TableData>): RowsOutcome {
  const { schema, name, rows, rawBytes, digest, columns } = table;
  const expected = { rows, rawBytes, digest };
  if (rerouted.has(table)) return { state: 'through-root', expected };
  return { state: 'loaded', at: { schema, table: name, columns }, expected };
}

/** Tables that refer to each other, however far, are one group. */
function inGroups(tables: readonly TableData[], keys: readonly ForeignKey[]): TableData[][] {
  const groupOf = new Map(tables.map((table) => [relationKey(table.schema, table.name), new Set([table])]));
  for (const { from, to } of keys) {
    const [one, other] = [groupOf.get(from), groupOf.get(to)];
    if (!one || !other || one === other) continue;
    for (const table of other) {
      one.add(table);
      groupOf.set(relationKey(table.schema, table.name), one);
    }
  }
  return [...new Set(groupOf.values())].map((group) => [...group]);
}

function notLoaded({ plan }: ExistingRun, reason: string): LifeboatError {
  return new LifeboatError({
    code: 'restore-rows-refused',
    kind: 'target',
    what: `The rows do not go into the tables of ${plan.target.display}: ${reason.replace(/\.$/, '')}.`,
    meaning: 'Nothing was changed: the tables hold what they held.',
    remedy:
      'Restore the table under another name (--table … --as …) and move over what fits, or leave it out (--exclude-table).',
  });
}
