import { quoteIdentifier } from '../../ground/sql.ts';
import { NOT_VALID_HERE } from '../../rows/lifted-constraints.ts';
import { statementOutcome } from '../../target/apply/outcome.ts';
import { planStatement } from '../../target/apply/planned-statement.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { PlannedEntry } from '../plan/restore-plan.ts';
import { stagedKey } from '../plan/staging.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import { applyEntry } from './apply-entries.ts';
import type { RestoreRun } from './restore-run.ts';
import type { Task } from './run-tasks.ts';
import type { TaskGroup, Work } from './task-group.ts';

const UNDEFINED_OBJECT = '42704';
/** The end of a foreign key's clause, unless the clause already says that existing rows are not checked. */
const LOOKS_AT_ROWS = /(?<!\bNOT VALID|\bNOT ENFORCED)\s*;\s*$/;

type RootOf = (relation: string) => string;

/**
 * Adds foreign keys. Adding one locks both tables, so keys that refer to the same table (users, for example)
 * would wait for each other. They are added NOT VALID, which takes no time. The rows are then checked in
 * parallel, which does not need a lock on the referenced table. Before 18, both is one step for a partitioned
 * table.
 */
export function foreignKeyAdditions(
  entries: readonly PlannedEntry[],
  rootOf: RootOf,
  hasKeys: (relation: string) => readonly Task[],
  run: RestoreRun,
): Work[] {
  return entries.map((entry) => {
    const relations = [entry.relation ?? '', entry.otherRelation ?? ''].map(rootOf);
    return {
      about: entry.step,
      // ALTER TABLE locks all partitions of a table too.
      locks: relations.map((on) => ({ on, alone: true })),
      get after() {
        return relations.flatMap(hasKeys);
      },
      async run(session) {
        if (run.ledger.isDone(entry.step)) return;
        // Adding without looking at rows takes no time.
        if (isValidatedApart(entry, run)) await applyEntry(session, notValid(entry), run);
        else await run.clock.piece(entry.step, () => applyEntry(session, entry, run));
      },
    };
  });
}

/** Validates the foreign keys that were added NOT VALID: PostgreSQL then checks the rows. */
export function foreignKeyValidations(
  entries: readonly PlannedEntry[],
  rootOf: RootOf,
  additions: TaskGroup,
  run: RestoreRun,
): Work[] {
  return entries
    .filter((entry) => isValidatedApart(entry, run))
    .map((entry) => ({
      about: rootOf(entry.relation ?? ''),
      locks: [{ on: rootOf(entry.relation ?? ''), alone: true }],
      after: additions.about(entry.step),
      run: (session) => run.clock.piece(entry.step, () => validate(session, entry, run)),
    }));
}

/** The first major in which the foreign key of a partitioned table can be NOT VALID (release notes). */
const FIRST_MAJOR_WITH_UNVALIDATED_TREES = 18;

/** Whether the key can be added NOT VALID: before 18, that of a partitioned table cannot. */
export function isValidatedApart(
  { relation = '', adapted }: PlannedEntry,
  { plan, sessions }: RestoreRun,
): boolean {
  const [statement = '', ...others] = adapted;
  const canBeNotValid =
    sessions.main.serverMajor >= FIRST_MAJOR_WITH_UNVALIDATED_TREES ||
    !plan.backup.schema.partitioned.has(relation);
  return others.length === 0 && canBeNotValid && LOOKS_AT_ROWS.test(statement);
}

export function notValid(entry: PlannedEntry): PlannedEntry {
  const adapted = entry.adapted.map((statement) => statement.replace(LOOKS_AT_ROWS, ' NOT VALID;'));
  return { ...entry, step: `${entry.step} added`, adapted };
}

/** Validates one foreign key. A key that rows violate stays NOT VALID, and holds for new rows. */
export async function validate(session: ServerTarget, entry: PlannedEntry, run: RestoreRun): Promise<void> {
  const { plan, ledger, log } = run;
  const { relation = '', object } = entry;
  if (ledger.isDone(entry.step)) return;
  const place = entry.stage === undefined ? stagedKey(plan, relation) : relation;
  const table = plan.backup.schema.partitioned.has(relation) ? place : `ONLY ${place}`;
  const change = `ALTER TABLE ${table} VALIDATE CONSTRAINT ${quoteIdentifier(object.name)}`;
  try {
    await session.executeAll([change, ...ledger.mark([entry.step])]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The server refused to add the key, which is already logged.
    if (error.sqlState === UNDEFINED_OBJECT) return;
    const { sqlState } = error;
    const message = `${error.message}; ${NOT_VALID_HERE}`;
    const statement = planStatement(entry.adapted[0] ?? '');
    log.add({
      kind: 'failed',
      failed: { ...statementOutcome(statement, object, 'property'), message, sqlState },
    });
  }
}
