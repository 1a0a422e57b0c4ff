import { LEDGER_SCHEMA } from '../../catalog/own-schemas.ts';
import { quoteIdentifier } from '../../ground/sql.ts';
import { applyStatement } from '../../target/apply/apply-statement.ts';
import type { Outcome } from '../../target/apply/outcome.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { movesOf } from '../plan/exchange-moves.ts';
import { refusal } from '../plan/refusals.ts';
import type { PlannedEntry, RestorePlan } from '../plan/restore-plan.ts';
import { GuardedStatements } from '../target/guarded-statements.ts';
import { EXCHANGED, REPLACED } from '../target/ledger.ts';
import { gaveWay, withLocks } from '../target/lock-attempts.ts';
import { isRefusal } from '../target/restore-sessions.ts';
import { analyzeAgain } from './analyze-tables.ts';
import { applyEntry, untouch } from './apply-entries.ts';
import { isValidatedApart, notValid, validate } from './foreign-keys.ts';
import { dropReplaced } from './replace-existing.ts';
import { lossOf } from './restore-log.ts';
import type { RestoreRun } from './restore-run.ts';

/**
 * Puts what was made beside in the place of what is there: lock → drop → move → what refers to it, in one short
 * transaction. Only then are foreign keys checked, which keeps nobody from reading or writing.
 */
export async function exchange(run: RestoreRun): Promise<void> {
  const { plan, sessions, ledger, log, clock } = run;
  const { main } = sessions;
  const tried = new Set<PlannedEntry>();
  if (!ledger.isDone(EXCHANGED)) {
    const moves = await movesOf(main, plan);
    const outcomes = await clock.time('exchange', () =>
      withLocks(
        main,
        plan.locks,
        {
          signal: sessions.signal,
          whenGivenUp: whenGivenUp(run),
          ...(run.onLockWait ? { onWait: run.onLockWait } : {}),
        },
        () => exchangeNow(main, moves, run),
      ),
    );
    for (const [entry, outcome] of outcomes) {
      tried.add(entry);
      log.add(outcome);
    }
  }
  await finish(run, tried);
}

async function exchangeNow(
  session: ServerTarget,
  moves: readonly string[],
  run: RestoreRun,
): Promise<Array<readonly [PlannedEntry, Outcome]>> {
  const { plan, ledger } = run;
  if (plan.replaces.length > 0) await dropReplaced(session, plan);
  await move(session, moves, plan);
  const guarded = new GuardedStatements(session);
  const outcomes: Array<readonly [PlannedEntry, Outcome]> = [];
  for (const entry of plan.entries.filter(({ stage }) => stage === 'exchange')) {
    if (isForeignKey(entry) && !isValidatedApart(entry, run)) continue;
    const { step, adapted, header } = isForeignKey(entry) ? notValid(entry) : entry;
    const own: Outcome[] = [];
    for (const text of adapted) {
      const outcome = await applyStatement(text, header, guarded, run.context, {});
      if (text === adapted[0]) await untouch(session, entry, outcome);
      own.push(outcome);
    }
    const isMissing = own.some(
      ({ kind, ...one }) => kind === 'failed' && 'failed' in one && one.failed.lost === 'object',
    );
    if (!isMissing) for (const mark of ledger.mark([step], own.flatMap(lossOf))) await session.execute(mark);
    outcomes.push(...own.map((outcome) => [entry, outcome] as const));
  }
  for (const mark of ledger.mark([REPLACED, EXCHANGED])) await session.execute(mark);
  return outcomes;
}

/** Somebody may have taken a name since the plan, for an index or a sequence. */
async function move(session: ServerTarget, moves: readonly string[], { target }: RestorePlan): Promise<void> {
  try {
    for (const statement of moves) await session.execute(statement);
  } catch (error) {
    if (gaveWay(error) || !isRefusal(error)) throw error;
    throw refusal(
      'target-name-taken',
      `What was loaded beside cannot take its place in ${target.display}: ${error.message}.`,
      'Give that object another name, or drop it.',
      { meaning: 'The existing tables were not changed.' },
    );
  }
}

/** Foreign keys are checked, statistics are made, and whatever was refused in an earlier run is tried again. */
async function finish(run: RestoreRun, tried: ReadonlySet<PlannedEntry>): Promise<void> {
  const { plan, sessions, clock } = run;
  const { main } = sessions;
  const late = plan.entries.filter(({ stage }) => stage !== undefined);
  const keys = late.filter(isForeignKey);
  const statistics = late.filter(({ stage }) => stage === 'after');
  const others = late.filter((entry) => !isForeignKey(entry) && entry.stage === 'exchange');
  if (late.length === 0) return;
  await clock.time(
    'references',
    async () => {
      for (const entry of others) if (!tried.has(entry)) await applyEntry(main, entry, run);
      for (const entry of keys) {
        const isApart = isValidatedApart(entry, run);
        if (!tried.has(entry)) await applyEntry(main, isApart ? notValid(entry) : entry, run);
        if (isApart) await validate(main, entry, run);
        clock.tableDone();
      }
    },
    { items: 'foreign keys', total: keys.length },
  );
  if (statistics.length === 0) return;
  for (const entry of statistics) await applyEntry(main, entry, run);
  await analyzeAgain(main, new Set(statistics.flatMap(({ relation }) => relation ?? [])));
}

function isForeignKey({ type }: PlannedEntry): boolean {
  return type === 'FK CONSTRAINT';
}

function whenGivenUp({ plan, ledger }: RestoreRun): { meaning: string; remedy: string } {
  const { replaces, staging } = plan;
  const schemas = [LEDGER_SCHEMA, ...new Set(staging?.values() ?? [])].map(quoteIdentifier).join(', ');
  const stays =
    replaces.length > 0 ? 'The existing tables were not changed.' : 'Nothing that others use was changed.';
  return ledger.isKept
    ? {
        meaning: `${stays} What was loaded beside is kept for another try.`,
        remedy: `Then run the same command again: it goes on from here. To give up instead: \`DROP SCHEMA ${schemas} CASCADE;\`.`,
      }
    : { meaning: stays, remedy: 'Then run the same command again.' };
}
