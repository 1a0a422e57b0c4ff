import { quoteIdentifier } from '../sql.ts';
import { statementOutcome } from '../target/apply/outcome.ts';
import { planStatement } from '../target/apply/planned-statement.ts';
import type { ServerTarget } from '../target/server.ts';
import { applyEntries, applyEntry } from './apply-entries.ts';
import type { PlannedEntry } from './restore-plan.ts';
import type { RestoreRun } from './restore-run.ts';
import { isRefusal } from './restore-sessions.ts';
import type { Task } from './run-tasks.ts';

const UNDEFINED_OBJECT = '42704';
/** The end of a foreign key's clause, unless it says already that rows are not looked at. */
const LOOKS_AT_ROWS = /(?<!\bNOT VALID|\bNOT ENFORCED)\s*;\s*$/;

/**
 * Adding a foreign key locks both tables, so those that refer to the same one (to users, say) would wait for each other.
 * They are added without a look at the rows, which takes no time; the rows are looked at side by side then, for which the
 * table that is referred to need not be locked.
 */
export async function addForeignKeys(entries: readonly PlannedEntry[], run: RestoreRun): Promise<void> {
  const open = entries.filter((entry) => isValidatedApart(entry, run) && !run.ledger.isDone(entry.step));
  await applyEntries(run.sessions.main, open.map(notValid), run);
}

/** What is left to do for each: to look at the rows, or all of it. */
export function foreignKeyTasks(entries: readonly PlannedEntry[], run: RestoreRun): Task[] {
  return entries.map((entry) => {
    const isApart = isValidatedApart(entry, run);
    return {
      locks: isApart
        ? [lockOn(entry.relation, run)]
        : [entry.relation, entry.otherRelation].map((one) => lockOn(one, run)),
      after: [],
      async run(session: ServerTarget) {
        await (isApart ? validate(session, entry, run) : applyEntry(session, entry, run));
        if (!isApart) run.clock.tableDone();
      },
    };
  });
}

/** A partitioned table cannot have one that is not valid (before 18). */
function isValidatedApart({ relation = '', adapted }: PlannedEntry, { plan }: RestoreRun): boolean {
  const [statement = '', ...others] = adapted;
  const isPartitioned = plan.backup.schema.partitioned.has(relation);
  return plan.jobs > 1 && others.length === 0 && !isPartitioned && LOOKS_AT_ROWS.test(statement);
}

function notValid(entry: PlannedEntry): PlannedEntry {
  const adapted = entry.adapted.map((statement) => statement.replace(LOOKS_AT_ROWS, ' NOT VALID;'));
  return { ...entry, step: addedStep(entry), adapted };
}

function addedStep({ step }: PlannedEntry): string {
  return `${step} added`;
}

async function validate(session: ServerTarget, entry: PlannedEntry, run: RestoreRun): Promise<void> {
  const { ledger, log } = run;
  if (ledger.isDone(entry.step)) return;
  const change = (action: string) =>
    `ALTER TABLE ONLY ${entry.relation} ${action} CONSTRAINT ${quoteIdentifier(entry.object.name)}`;
  try {
    await session.executeAll([change('VALIDATE'), ...ledger.mark([entry.step])]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // It was refused when it was added, and told then.
    if (error.sqlState === UNDEFINED_OBJECT) return;
    const { message, sqlState } = error;
    await session.executeAll([change('DROP'), ...ledger.unmark([addedStep(entry)])]);
    const statement = planStatement(entry.adapted[0] ?? '');
    log.add({
      kind: 'failed',
      failed: { ...statementOutcome(statement, entry.object, 'object'), message, sqlState },
    });
  }
}

/** ALTER TABLE takes all partitions of a table along. */
function lockOn(relation: string | undefined, { plan }: RestoreRun): Task['locks'][number] {
  const key = relation ?? '';
  return { on: plan.backup.schema.relations.get(key)?.root ?? key, alone: true };
}
