import { applyStatement } from '../../target/apply/apply-statement.ts';
import type { Outcome } from '../../target/apply/outcome.ts';
import { pins, runsExtensionScript } from '../../target/apply/pin-session.ts';
import { planStatement } from '../../target/apply/planned-statement.ts';
import { decide } from '../../target/apply/rules/all.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { readRelationKey } from '../archived/relation-key.ts';
import type { PlannedEntry } from '../plan/restore-plan.ts';
import { GuardedStatements } from '../target/guarded-statements.ts';
import type { Loss } from '../target/ledger.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import { keptLoss, lossOf } from './restore-log.ts';
import type { RestoreRun } from './restore-run.ts';

/** This many entries are sent at once, so that a distant server costs a hundredth of the round trips. */
const ENTRIES_AT_ONCE = 100;

/** duplicate_schema, _object (types, extensions, casts, …), _function, _table (for needed sequences). */
const ALREADY_THERE: ReadonlySet<string> = new Set(['42P06', '42710', '42723', '42P07']);

type EntryRun = Pick<RestoreRun, 'plan' | 'ledger' | 'log' | 'context' | 'clock' | 'sourceSettings'>;

/**
 * Applies entries in their order, without those that are already done. It sends a hundred at once, in one
 * transaction with their marks in the ledger. If the server refuses one of them, each is tried again by
 * itself.
 */
export async function applyEntries(
  session: ServerTarget,
  entries: readonly PlannedEntry[],
  run: EntryRun,
): Promise<void> {
  for (let first = 0; first < entries.length; first += ENTRIES_AT_ONCE) {
    const some = entries.slice(first, first + ENTRIES_AT_ONCE);
    const open = some.filter(({ step }) => !run.ledger.isDone(step));
    if (!(await applyAtOnce(session, open, run))) {
      for (const entry of open) await run.clock.piece(entry.step, () => applyEntry(session, entry, run));
    }
    for (const { step } of some) {
      run.clock.pieceDone(step);
      run.clock.tableDone();
    }
  }
}

/** Applies all entries, or none of them; returns which. */
async function applyAtOnce(
  session: ServerTarget,
  entries: readonly PlannedEntry[],
  run: EntryRun,
): Promise<boolean> {
  const { ledger, context, log } = run;
  if (entries.length === 0) return true;
  const statements: string[] = [];
  for (const entry of entries) {
    if (log.isKept(entry.object)) return false;
    const settings = entry.settings.map(forThisTransaction);
    const [first, ...others] = statementsOf(entry, run);
    const own = [...settings, ...(first === undefined ? [] : [first]), ...(entry.untouches ?? []), ...others];
    const sent = own.flatMap((text) => {
      const statement = planStatement(text);
      if (decide(statement, context)) return [undefined];
      const fitted = context.notNullNames.fit(text, session.serverMajor);
      return runsExtensionScript(statement) ? [fitted, ...pins()] : [fitted];
    });
    if (sent.includes(undefined)) return false;
    statements.push(
      ...sent.filter((one) => one !== undefined),
      ...(settings.length > 0 ? USUAL_STORAGE : []),
    );
  }
  try {
    await session.executeAll([...statements, ...ledger.mark(entries.map(({ step }) => step))]);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

/** Applies one entry, in a transaction with its mark. Refused statements are logged; the others hold. */
export async function applyEntry(session: ServerTarget, entry: PlannedEntry, run: EntryRun): Promise<void> {
  const { ledger, context, log } = run;
  if (ledger.isDone(entry.step)) return;
  const isOfKept = entry.role === 'support' && log.isKept(entry.object);
  if (isOfKept) return;
  const outcomes = await session.transaction(async () => {
    const guarded = new GuardedStatements(session);
    const found: Outcome[] = [];
    const losses: Loss[] = [];
    let isKept = false;
    const statements = statementsOf(entry, run);
    for (const text of [...entry.settings.map(forThisTransaction), ...statements]) {
      const outcome = await applyStatement(text, entry.header, guarded, context, {});
      await untouch(session, text === statements[0] ? entry : {}, outcome);
      isKept = isThere(outcome, entry, run);
      if (isKept) {
        losses.push(keptLoss(entry.object));
        break;
      }
      found.push(outcome);
      losses.push(...lossOf(outcome));
    }
    // A missing object is not marked as done: a resumed restore may create it once the cause is gone.
    const isMissing = found.some((outcome) => outcome.kind === 'failed' && outcome.failed.lost === 'object');
    for (const mark of isMissing ? [] : ledger.mark([entry.step], losses)) await session.execute(mark);
    if (isKept) log.keep(entry.object);
    return found;
  });
  for (const outcome of outcomes) log.add(outcome);
}

/** Takes from others what default privileges gave them on an object that was just created. */
export async function untouch(
  session: ServerTarget,
  { untouches = [] }: Pick<PlannedEntry, 'untouches'>,
  outcome: Outcome,
): Promise<void> {
  if (outcome.kind === 'applied') for (const text of untouches) await session.execute(text);
}

/**
 * Whether the target's own object of that name serves. It never does for the backup's relations and what is
 * on them.
 */
function isThere(outcome: Outcome, { role, relation, object }: PlannedEntry, { plan }: EntryRun): boolean {
  const mayBeThere = role === 'support' || (plan.intoExisting && relation === undefined);
  if (!mayBeThere || outcome.kind !== 'failed') return false;
  const { sqlState } = outcome.failed;
  // CREATE TEXT SEARCH … alone finds a second one of its name only by a unique index of the catalog.
  const isTwice = sqlState === UNIQUE_VIOLATION && object.kind.startsWith('text search ');
  return ALREADY_THERE.has(sqlState) || isTwice || (sqlState === NOT_PERMITTED && isSchemaOf(object, plan));
}

const UNIQUE_VIOLATION = '23505';
/** CREATE SCHEMA looks at the right of the role before it looks whether the schema is there. */
const NOT_PERMITTED = '42501';

function isSchemaOf({ kind, name }: PlannedEntry['object'], { target }: EntryRun['plan']): boolean {
  if (kind !== 'schema') return false;
  return (
    target.schemasOfOthers.has(name) ||
    [...target.relations.keys()].some((key) => readRelationKey(key).schema === name)
  );
}

function statementsOf({ type, adapted }: PlannedEntry, { sourceSettings }: EntryRun): readonly string[] {
  if (type !== 'MATERIALIZED VIEW DATA' || !sourceSettings?.aroundRefresh) return adapted;
  const [before, after] = sourceSettings.aroundRefresh;
  return [before, ...adapted, after];
}

const USUAL_STORAGE = ["SET LOCAL default_tablespace = ''", 'SET LOCAL default_table_access_method = heap'];

function forThisTransaction(setting: string): string {
  return setting.replace(/^SET /, 'SET LOCAL ');
}
