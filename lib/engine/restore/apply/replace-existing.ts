import { withSqlState } from '../../connection/server-words.ts';
import { compareFingerprints } from '../../fingerprint/compare-fingerprints.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { notReplaceable, refuseLosses } from '../plan/refuse-losses.ts';
import { targetChanged } from '../plan/refuse-weakening.ts';
import type { EmptiedTable, RestorePlan } from '../plan/restore-plan.ts';
import { type Going, goingWith } from '../target/going-with.ts';
import { REPLACED } from '../target/ledger.ts';
import { gaveWay, withLocks } from '../target/lock-attempts.ts';
import type { ExistingRelation } from '../target/look-at-target.ts';
import { readParts } from '../target/parts-there.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import type { RestoreRun } from './restore-run.ts';

/** The words for DROP by pg_class.relkind, in this order, though CASCADE does not need one. */
const DROPS: ReadonlyArray<readonly [kinds: string, word: string]> = [
  ['v', 'VIEW'],
  ['m', 'MATERIALIZED VIEW'],
  ['f', 'FOREIGN TABLE'],
  ['rp', 'TABLE'],
  ['S', 'SEQUENCE'],
];

/**
 * Drops the relations whose names the backup has too, all of them in one transaction. Throws
 * `target-would-lose` when other objects would be dropped with them that the restore does not create again,
 * `target-changed` when one of them is not as it was when the plan was made, and `restore-lock-held` when somebody else uses one of them for too long.
 */
export async function replaceExisting({ plan, sessions, ledger, onLockWait }: RestoreRun): Promise<void> {
  const { main, signal } = sessions;
  // What is exchanged is dropped at the end. Tables that stay are emptied in the transaction that loads them.
  if (ledger.isDone(REPLACED) || plan.exchanges) return;
  if (plan.replaces.length === 0) {
    for (const mark of ledger.mark([REPLACED])) await main.execute(mark);
    return;
  }
  const waiting = { signal, whenGivenUp: NOTHING_CHANGED, ...(onLockWait ? { onWait: onLockWait } : {}) };
  await withLocks(main, plan.locks, waiting, async () => {
    await dropReplaced(main, plan);
    for (const mark of ledger.mark([REPLACED])) await main.execute(mark);
  });
}

const NOTHING_CHANGED = {
  meaning: 'The existing tables were not changed.',
  remedy: 'Then run the same command with --resume.',
};

/**
 * Inside a transaction that has the locks: drops what is replaced. Somebody may have made another view since the
 * plan, or a column or policy; under the locks nobody can.
 */
export async function dropReplaced(session: ServerTarget, plan: RestorePlan): Promise<void> {
  const going = await goingWith(
    session,
    plan.replaces.map(({ key }) => key),
  );
  refuseLosses(plan, plan.entries, plan.dependents, { ...plan.target, going });
  await refuseChanged(session, plan, going);
  try {
    for (const statement of dropStatements(plan.replaces)) await session.execute(statement);
  } catch (error) {
    const mayTryAgain = gaveWay(error);
    if (mayTryAgain || !isRefusal(error)) throw error;
    throw notReplaceable(plan, withSqlState(error.message, error.sqlState));
  }
}

/** Refuses to drop a relation that is not as it was when the plan was made: nobody agreed to lose what came since. */
async function refuseChanged(session: ServerTarget, plan: RestorePlan, going: Going): Promise<void> {
  const { seen } = plan.target.newer;
  if (seen === undefined) return;
  const now = await readParts(session, { relations: plan.replaces.map(({ key }) => key), going });
  const changed = compareFingerprints(seen, now).filter(({ verdict }) => verdict !== 'match');
  if (changed.length > 0) throw targetChanged(plan, changed);
}

/**
 * Empties tables, if they have rows: a role that may fill a table may not always empty it. One TRUNCATE takes
 * them all, because they refer to each other.
 */
export async function emptyTables(session: ServerTarget, tables: readonly EmptiedTable[]): Promise<void> {
  for (const { key, condition } of tables) {
    if (condition) await session.execute(`DELETE FROM ONLY ${key} ${condition}`);
  }
  const whole = tables.filter(({ condition }) => !condition).map(({ key }) => `ONLY ${key}`);
  if (whole.length === 0) return;
  const holding = whole.map((key) => `EXISTS (SELECT FROM ${key})`).join(' OR ');
  const { rows } = await session.execute(`SELECT ${holding} AS holds`);
  if (rows[0]?.holds === 't') await session.execute(`TRUNCATE ${whole.join(', ')}`);
}

function dropStatements(relations: readonly ExistingRelation[]): string[] {
  return DROPS.flatMap(([kinds, word]) => {
    const keys = relations.filter(({ kind }) => kinds.includes(kind)).map(({ key }) => key);
    return keys.length === 0 ? [] : [`DROP ${word} IF EXISTS ${keys.join(', ')} CASCADE`];
  });
}
