import type pg from 'pg';
import { answerInTime, type Patience } from './answer-in-time.ts';
import type { PgDumpThreadOutcome } from './pg-dump-thread.ts';
import { RawChannel } from './raw-exchange.ts';
import { type PgDumpThread, startPgDump } from './start-pg-dump.ts';

export interface PgDumpRun extends Patience {
  readonly client: pg.Client;
  readonly args: readonly string[];
  readonly parameters: ReadonlyMap<string, string>;
  /** One that was started before; one is started now unless given. Ended by this run either way. */
  readonly thread?: PgDumpThread | undefined;
}

/**
 * Runs pg_dump in a worker thread and carries its messages to the server and back. Rejects at once when `signal` aborts
 * or the connection ends, and after `deadlineMs` without an answer; the thread is gone when this settles.
 */
export async function runPgDump({
  client,
  args,
  parameters,
  signal,
  deadlineMs,
  thread = startPgDump(),
}: PgDumpRun): Promise<PgDumpThreadOutcome> {
  const channel = new RawChannel(client);
  const stopped = Promise.withResolvers<never>();
  const onAbort = () => stopped.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  thread.port.on('message', (request: Uint8Array) => {
    answerInTime(channel.exchange(request), { signal, deadlineMs }).then((answer) => {
      thread.port.postMessage(answer, [answer.buffer as ArrayBuffer]);
      thread.wake();
    }, stopped.reject);
  });
  try {
    // The deadline proper is kept here; the thread's own only ends it if this one is lost.
    thread.run({ args, parameters, longestWaitMs: deadlineMs + 60_000 });
    return await Promise.race([stopped.promise, thread.outcome]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    channel.close(new Error('the schema dump was given up'));
    await thread.stop();
  }
}
