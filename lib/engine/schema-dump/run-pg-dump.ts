import type pg from 'pg';
import { answerInTime, type Patience } from './answer-in-time.ts';
import { nameGoneRoles } from './name-gone-roles.ts';
import type { PgDumpOrder, PgDumpThreadOutcome } from './pg-dump-thread.ts';
import { RawChannel } from './raw-exchange.ts';
import { type PgDumpThread, startPgDump } from './start-pg-dump.ts';

export interface PgDumpService extends Patience {
  readonly client: pg.Client;
  readonly thread: PgDumpThread;
  /** OIDs that pg_dump is told are roles, each named by its number: see name-gone-roles.ts. */
  readonly goneRoles?: readonly number[];
}

export interface PgDumpRun extends Omit<PgDumpService, 'thread'>, PgDumpOrder {}

/**
 * Runs pg_dump in a worker thread and passes its messages to the server and back. Rejects immediately if
 * `signal` aborts or the connection ends, and after `deadlineMs` without an answer. The thread has ended when
 * the promise settles.
 */
export async function runPgDump({ args, parameters, ...serving }: PgDumpRun): Promise<PgDumpThreadOutcome> {
  const thread = startPgDump();
  thread.run({ args, parameters });
  return await servePgDump({ ...serving, thread });
}

/** Like {@link runPgDump}, for a thread that already runs: its pending query is answered now. */
export async function servePgDump({
  client,
  thread,
  signal,
  deadlineMs,
  goneRoles = [],
}: PgDumpService): Promise<PgDumpThreadOutcome> {
  const channel = new RawChannel(client);
  const stopped = Promise.withResolvers<never>();
  const onAbort = () => stopped.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  thread.port.on('message', (request: Uint8Array) => {
    answerInTime(channel.exchange(nameGoneRoles(request, goneRoles)), { signal, deadlineMs }).then(
      (answer) => {
        thread.port.postMessage(answer, [answer.buffer as ArrayBuffer]);
        thread.wake();
      },
      stopped.reject,
    );
  });
  try {
    return await Promise.race([stopped.promise, thread.outcome]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    channel.close(new Error('the schema dump was given up'));
    await thread.stop();
  }
}
