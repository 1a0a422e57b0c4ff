import { quoteIdentifier } from '../../ground/sql.ts';
import { NOT_VALID_HERE } from '../../rows/lifted-constraints.ts';
import { statementOutcome } from '../../target/apply/outcome.ts';
import { planStatement } from '../../target/apply/planned-statement.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import type { PlannedEntry } from '../plan/restore-plan.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import { applyEntry } from './apply-entries.ts';
import type { RestoreRun } from './restore-run.ts';
import type { Task } from './run-tasks.ts';
import type { TaskGroup, Work } from './task-group.ts';

const UNDEFINED_OBJECT = '42704';
/** The end of a foreign key's clause, unless it says already that rows are not looked at. */
const LOOKS_AT_ROWS = /(?<!\bNOT VALID|\bNOT ENFORCED)\s*;\s*$/;

type RootOf = (relation: string) => string;

/**
 * Adding a foreign key locks both tables, so those that refer to the same one (to users, say) would wait for each other.
 * They are added without a look at the rows, which takes no time; the rows are looked at side by side then, for which the
 * table that is referred to need not be locked. Of a partitioned table both is one, before 18.
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
      // ALTER TABLE takes all partitions of a table along.
      locks: relations.map((on) => ({ on, alone: true })),
      get after() {
        return relations.flatMap(hasKeys);
      },
      async run(session) {
        if (run.ledger.isDone(entry.step)) return;
        await applyEntry(session, isValidatedApart(entry, run) ? notValid(entry) : entry, run);
      },
    };
  });
}

/** What is left to do of each: to look at the rows. */
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
      run: (session) => validate(session, entry, run),
    }));
}

/** The first major in which the foreign key of a partitioned table can be NOT VALID (release notes). */
const FIRST_MAJOR_WITH_UNVALIDATED_TREES = 18;

/** Whether it can stand there NOT VALID: before 18, that of a partitioned table cannot. */
function isValidatedApart({ relation = '', adapted }: PlannedEntry, { plan, sessions }: RestoreRun): boolean {
  const [statement = '', ...others] = adapted;
  const canBeNotValid =
    sessions.main.serverMajor >= FIRST_MAJOR_WITH_UNVALIDATED_TREES ||
    !plan.backup.schema.partitioned.has(relation);
  return others.length === 0 && canBeNotValid && LOOKS_AT_ROWS.test(statement);
}

function notValid(entry: PlannedEntry): PlannedEntry {
  const adapted = entry.adapted.map((statement) => statement.replace(LOOKS_AT_ROWS, ' NOT VALID;'));
  return { ...entry, step: `${entry.step} added`, adapted };
}

/** What rows violate stays as it was added, for new rows. */
async function validate(session: ServerTarget, entry: PlannedEntry, run: RestoreRun): Promise<void> {
  const { plan, ledger, log } = run;
  const { relation = '', object } = entry;
  if (ledger.isDone(entry.step)) return;
  const table = plan.backup.schema.partitioned.has(relation) ? relation : `ONLY ${relation}`;
  const change = `ALTER TABLE ${table} VALIDATE CONSTRAINT ${quoteIdentifier(object.name)}`;
  try {
    await session.executeAll([change, ...ledger.mark([entry.step])]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // It was refused when it was added, and told then.
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
