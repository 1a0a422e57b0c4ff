import type { ReportItem } from '../../archive/drill-report.ts';
import type { TableData } from '../../archive/manifest.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { quoteIdentifier } from '../../ground/sql.ts';
import type { RowsOutcome } from '../../rows/load-rows.ts';
import { runWithoutEventTriggers } from '../target/event-trigger-silence.ts';
import { EXCHANGED, LOADED } from '../target/ledger.ts';
import type { RestoreRun } from './restore-run.ts';

/**
 * Refuses to exchange a table for a copy without its rows, and removes the copy: throws `restore-copy-incomplete`.
 * Otherwise marks that everything was loaded. Objects that could not be created are no reason: the report names them,
 * and --resume tries them again.
 */
export async function refuseIncomplete(
  { sessions, plan, ledger }: RestoreRun,
  loaded: ReadonlyMap<TableData, RowsOutcome>,
  items: readonly ReportItem[],
): Promise<void> {
  if (ledger.isDone(EXCHANGED) || ledger.isDone(LOADED)) return;
  const { main } = sessions;
  const failed = [
    ...[...loaded].flatMap(([{ name }, outcome]) =>
      outcome.state === 'failed' ? [`${name}: ${outcome.reason}`] : [],
    ),
    ...items.flatMap(({ kind, name, verdict, reason = '' }) =>
      kind === 'table' && verdict === 'differs' ? [`${name}: ${reason}`] : [],
    ),
  ];
  const [first] = failed;
  if (first === undefined) {
    for (const mark of ledger.mark([LOADED])) await main.execute(mark);
    return;
  }
  const schemas = [...new Set(plan.staging?.values() ?? [])].map(quoteIdentifier);
  await runWithoutEventTriggers(main, [`DROP SCHEMA IF EXISTS ${schemas.join(', ')} CASCADE`]);
  await ledger.remove(main);
  throw new LifeboatError({
    code: 'restore-copy-incomplete',
    kind: 'target',
    what: `What was loaded beside is not as it was backed up. ${first}${failed.length > 1 ? `; and ${failed.length - 1} more` : ''}.`.replace(
      /\.\.$/,
      '.',
    ),
    meaning: `Nothing in ${plan.target.database} was exchanged: existing tables are as they were. What was loaded was removed.`,
    remedy:
      'To have what can be had, restore the table under another name (--table … --as …); or choose another backup.',
  });
}
