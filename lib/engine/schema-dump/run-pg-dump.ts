import type pg from 'pg';
import { answerInTime, type Patience } from './answer-in-time.ts';
import { ForeseenAnswers } from './foreseen-answers.ts';
import { asksForRoles, nameGoneRoles } from './name-gone-roles.ts';
import { isOfSnapshot } from './of-snapshot.ts';
import { OwnAnswers, type OwnAnswersOptions, textOf } from './own-answers.ts';
import type { PgDumpOrder, PgDumpThreadOutcome } from './pg-dump-thread.ts';
import { RawChannel } from './raw-exchange.ts';
import { type PgDumpThread, startPgDump } from './start-pg-dump.ts';

export interface PgDumpService extends Patience, OwnAnswersOptions {
  readonly client: pg.Client;
  readonly thread: PgDumpThread;
  /** OIDs that pg_dump is told are roles, each named by its number: see name-gone-roles.ts. */
  readonly goneRoles?: readonly number[] | Promise<readonly number[]>;
  /**
   * pg_dump waits for this before its first query whose answer the newest catalog decides. If it fails,
   * pg_dump is stopped.
   * @default it does not wait
   */
  readonly described?: Promise<unknown>;
  /**
   * Queries that pg_dump will send, which are asked together before: see foreseen-answers.ts. They must be
   * such that isOfSnapshot(). @default none
   */
  readonly foreseen?: readonly string[];
}

export interface PgDumpOutcome extends PgDumpThreadOutcome {
  /** The SQLSTATE of the last error with which the server answered. */
  readonly sqlState?: string;
}

export interface PgDumpRun extends Omit<PgDumpService, 'thread'>, PgDumpOrder {}

/**
 * Runs pg_dump in a worker thread and passes its messages to the server and back. Rejects immediately if
 * `signal` aborts or the connection ends, and after `deadlineMs` without an answer. The thread has ended when
 * the promise settles.
 */
export async function runPgDump({
  args,
  parameters,
  writesNoData = false,
  ...serving
}: PgDumpRun): Promise<PgDumpOutcome> {
  const thread = startPgDump();
  thread.run({ args, parameters, writesNoData });
  return await servePgDump({ ...serving, thread });
}

/** Like {@link runPgDump}, for a thread that already runs: its pending query is answered now. */
export async function servePgDump({
  client,
  thread,
  signal,
  deadlineMs,
  goneRoles = [],
  described,
  foreseen = [],
  ...own
}: PgDumpService): Promise<PgDumpOutcome> {
  const channel = new RawChannel(client);
  const answers = new OwnAnswers(own);
  const stopped = Promise.withResolvers<never>();
  const onAbort = () => stopped.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  let awaited = described;
  awaited?.catch(stopped.reject);
  const gone = Promise.resolve(goneRoles);
  gone.catch(stopped.reject);
  const exchange = (request: Uint8Array) => answerInTime(channel.exchange(request), { signal, deadlineMs });
  let ready: Promise<ForeseenAnswers> | undefined;
  const answer = async (request: Uint8Array): Promise<Uint8Array> => {
    ready ??= ForeseenAnswers.ask(exchange, foreseen);
    const before = (await ready).take(textOf(request));
    if (before) return Uint8Array.from(before);
    if (awaited !== undefined && !isOfSnapshot(textOf(request))) {
      await awaited;
      awaited = undefined;
    }
    const known = answers.answer(request);
    if ('answer' in known) return Uint8Array.from(known.answer);
    const named = asksForRoles(request) ? nameGoneRoles(request, await gone) : known.ask;
    return await exchange(named);
  };
  thread.port.on('message', (request: Uint8Array) => {
    answer(request).then((bytes) => {
      thread.port.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
      thread.wake();
    }, stopped.reject);
  });
  try {
    const outcome = await Promise.race([stopped.promise, thread.outcome]);
    const { sqlState } = channel;
    return sqlState === undefined ? outcome : { ...outcome, sqlState };
  } finally {
    signal.removeEventListener('abort', onAbort);
    channel.close(new Error('the schema dump was given up'));
    await thread.stop();
  }
}
