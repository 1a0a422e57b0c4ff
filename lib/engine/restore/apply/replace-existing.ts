import { withSqlState } from '../../connection/server-words.ts';
import { compareFingerprints, type FingerprintItem } from '../../fingerprint/compare-fingerprints.ts';
import { onRelation, qualified } from '../../fingerprint/identity.ts';
import { readFingerprint } from '../../fingerprint/read-fingerprint.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { readRelationKey } from '../archived/relation-key.ts';
import { refusal } from '../plan/refusals.ts';
import type { EmptiedTable, RestorePlan } from '../plan/restore-plan.ts';
import { silenceOf, switchEventTriggers } from '../target/event-trigger-silence.ts';
import { type Ledger, REPLACED } from '../target/ledger.ts';
import type { ExistingRelation } from '../target/look-at-target.ts';
import { isRefusal } from '../target/restore-sessions.ts';

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
 * `target-would-lose` when other objects would be dropped with them that the restore does not create again.
 */
export async function replaceExisting(
  session: ServerTarget,
  plan: RestorePlan,
  ledger: Ledger,
): Promise<void> {
  if (ledger.isDone(REPLACED)) return;
  await session.transaction(async () => {
    // Tables that stay are emptied in the transaction that loads them.
    if (plan.replaces.length > 0) await removeExisting(session, { ...plan, empties: [] });
    for (const mark of ledger.mark([REPLACED])) await session.execute(mark);
  });
}

/** Does the same and rolls it back: a refusal should come before the safety backup, not an hour later. */
export async function rehearseReplacing(session: ServerTarget, plan: RestorePlan): Promise<void> {
  if (plan.replaces.length + plan.empties.length === 0) return;
  await session.execute('BEGIN');
  try {
    for (const statement of switchEventTriggers(silenceOf(plan.target).switchedOff, 'D'))
      await session.execute(statement);
    await removeExisting(session, plan);
  } finally {
    await session.execute('ROLLBACK');
  }
}

async function removeExisting(session: ServerTarget, plan: RestorePlan): Promise<void> {
  try {
    const ask = async (sql: string) => (await session.execute(sql)).rows;
    if (plan.replaces.length > 0) {
      const before = await readFingerprint(ask);
      for (const statement of dropStatements(plan.replaces)) await session.execute(statement);
      const lost = compareFingerprints(before, await readFingerprint(ask))
        .filter(({ verdict, layer }) => verdict !== 'match' && layer !== 'note')
        .filter(comesBackUnless(plan));
      if (lost.length > 0) throw wouldLose(plan, lost);
    }
    await emptyTables(session, plan.empties);
  } catch (error) {
    throw isRefusal(error) ? notRemovable(plan, withSqlState(error.message, error.sqlState)) : error;
  }
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

/** Kinds of objects that are dropped and created with their relation, whatever their names are. */
const PART_OF_A_RELATION: ReadonlySet<string> = new Set([
  'index',
  'sequence',
  'statistics',
  'publication table',
  'role',
]);

function comesBackUnless({ replaces, entries }: RestorePlan): (item: FingerprintItem) => boolean {
  const removed = new Set(
    replaces.map(({ key }) => {
      const { schema, name } = readRelationKey(key);
      return qualified(schema, name);
    }),
  );
  const made = new Set(
    entries.map(({ object: { schema, name, on } }) =>
      on?.schema !== undefined
        ? onRelation(name, on.schema, on.name)
        : schema === undefined
          ? name
          : qualified(schema, name),
    ),
  );
  return ({ kind, name, parent }) =>
    !PART_OF_A_RELATION.has(kind) &&
    !removed.has(name) &&
    !(parent && removed.has(parent.name)) &&
    !made.has(name) &&
    !made.has(name.replace(/\(.*$/s, ''));
}

function wouldLose({ target }: RestorePlan, lost: readonly FingerprintItem[]) {
  const names = lost.slice(0, 5).map(({ kind, name }) => `${kind} ${name}`);
  const more = lost.length > names.length ? ` and ${lost.length - names.length} more` : '';
  return refusal(
    'target-would-lose',
    `Replacing objects in ${target.display} would also drop others that this restore does not create again: ${names.join(', ')}${more}.`,
    'Restore the table under another name (--table … --as …) or the backup into another database, and copy over what you need.',
    { meaning: 'Nothing was changed.' },
  );
}

function notRemovable({ target, scope }: RestorePlan, message: string) {
  const doing = scope.content === 'data' ? 'emptied' : 'dropped';
  return refusal(
    'target-not-replaceable',
    `Tables in ${target.display} cannot be ${doing} to be replaced: ${message}.`,
    'Restore the table under another name (--table … --as …) or the backup into another database, and copy over what you need.',
    { meaning: 'Nothing was changed.' },
  );
}
