import pg from 'pg';
import type { Session } from '../connection/connect.ts';
import { queriesAtOnce } from '../connection/query-rows.ts';
import { withSqlState } from '../connection/server-words.ts';
import { messageOf } from '../ground/errors.ts';
import type { HealthServer } from './measures/health-server.ts';
import type { Measure, Obstacle } from './measures/measure.ts';
import type { Row } from './measures/row.ts';

/** The rows of a measure, or why there are none. */
export type Answer = { readonly rows: readonly Row[] } | { readonly obstacle: Obstacle };

/** The longest that one statement may take, and wait for a lock, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 5000;
const LOCK_TIMEOUT_MS = 200;
/** The longest that all of them may take, if they have to be asked one by one. */
const DEADLINE_MS = 30_000;

/** SET LOCAL, so that the settings end with the transaction. */
export const BEGIN_SHORT = `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
  SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`;
const STATEMENTS_OF_BEGIN = 3;

interface Question {
  readonly measure: Measure<unknown>;
  readonly sql: readonly string[];
}

/**
 * Asks all measures that have no obstacle in one message: one round trip, in short read-only transactions. If
 * the server refuses one of them, all are asked again, each in a transaction of its own, so that one refusal
 * costs one figure. Throws when the connection is lost.
 */
export async function askMeasures(
  session: Session,
  measures: ReadonlyArray<Measure<unknown>>,
  server: HealthServer,
  signal: AbortSignal,
): Promise<ReadonlyMap<Measure<unknown>, Answer>> {
  const answers = new Map<Measure<unknown>, Answer>();
  const questions: Question[] = [];
  for (const measure of measures) {
    const obstacle = measure.obstacle?.(server);
    if (obstacle) answers.set(measure, { obstacle });
    else questions.push({ measure, sql: [measure.sql(server)].flat() });
  }
  try {
    const found = await askTogether(session, questions);
    for (const [measure, rows] of found) answers.set(measure, { rows });
  } catch (error) {
    await rollBack(session, error);
    for (const [measure, answer] of await askEach(session, questions, signal)) answers.set(measure, answer);
  }
  return answers;
}

/** Every further statement of a measure gets a transaction of its own: see `sequences`. */
async function askTogether(
  session: Session,
  questions: readonly Question[],
): Promise<ReadonlyMap<Measure<unknown>, readonly Row[]>> {
  const first = questions.map(({ measure, sql }) => ({ measure, sql: sql.slice(0, 1) }));
  const further = questions.flatMap(({ measure, sql }) =>
    sql.slice(1).map((statement) => ({ measure, sql: [statement] })),
  );
  const transactions = [first, ...further.map((one) => [one])].filter((some) => some.length > 0);
  const found = new Map<Measure<unknown>, Row[]>(questions.map(({ measure }) => [measure, []]));
  const results = await queriesAtOnce(session.client)(
    transactions.flatMap((some) => [BEGIN_SHORT, ...some.flatMap(({ sql }) => sql), 'COMMIT']),
  );
  let at = 0;
  for (const some of transactions) {
    at += STATEMENTS_OF_BEGIN;
    for (const { measure } of some) {
      found.get(measure)?.push(...(results[at] ?? []));
      at += 1;
    }
    at += 1;
  }
  return found;
}

async function askEach(
  session: Session,
  questions: readonly Question[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Measure<unknown>, Answer>> {
  const deadline = performance.now() + DEADLINE_MS;
  const answers = new Map<Measure<unknown>, Answer>();
  for (const question of questions) {
    signal.throwIfAborted();
    const { measure } = question;
    if (performance.now() > deadline) {
      answers.set(measure, { obstacle: { reason: 'the server answered too slowly to ask for it' } });
      continue;
    }
    try {
      const found = await askTogether(session, [question]);
      answers.set(measure, { rows: found.get(measure) ?? [] });
    } catch (error) {
      await rollBack(session, error);
      answers.set(measure, { obstacle: { reason: reasonOf(error) } });
    }
  }
  return answers;
}

/** Rethrows what is no refusal by the server, because nothing can be asked after it. */
export async function rollBack({ client }: Pick<Session, 'client'>, error: unknown): Promise<void> {
  if (!(error instanceof pg.DatabaseError)) throw error;
  await client.query('ROLLBACK');
}

export function reasonOf(error: unknown): string {
  const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  return `the server refused it: ${withSqlState(messageOf(error), state)}`;
}
