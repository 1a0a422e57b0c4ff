import { MessageChannel, Worker } from 'node:worker_threads';
import type pg from 'pg';
import { workerFile } from '../../worker-file.ts';
import { answerInTime, type Patience } from './answer-in-time.ts';
import type { PgDumpThreadInput, PgDumpThreadOutcome } from './pg-dump-thread.ts';
import { RawChannel } from './raw-exchange.ts';

export interface PgDumpRun extends Patience {
  readonly client: pg.Client;
  readonly args: readonly string[];
  readonly parameters: ReadonlyMap<string, string>;
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
}: PgDumpRun): Promise<PgDumpThreadOutcome> {
  signal.throwIfAborted();
  const { port1: port, port2: workerPort } = new MessageChannel();
  const answered = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const input: PgDumpThreadInput = {
    args,
    parameters,
    port: workerPort,
    answered,
    // The deadline proper is kept here; the worker's own only ends it if this thread is lost.
    longestWaitMs: deadlineMs + 60_000,
  };
  const worker = new Worker(workerFile(import.meta.url, 'pg-dump-worker'), {
    workerData: input,
    transferList: [workerPort],
    name: 'pg_dump',
  });
  const channel = new RawChannel(client);
  const outcome = Promise.withResolvers<PgDumpThreadOutcome>();
  const onAbort = () => outcome.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  worker.once('message', outcome.resolve);
  worker.once('error', outcome.reject);
  worker.once('exit', (code) => outcome.reject(new Error(`the pg_dump thread ended with code ${code}`)));
  port.on('message', (request: Uint8Array) => {
    answerInTime(channel.exchange(request), { signal, deadlineMs }).then((answer) => {
      port.postMessage(answer, [answer.buffer as ArrayBuffer]);
      Atomics.store(new Int32Array(answered), 0, 1);
      Atomics.notify(new Int32Array(answered), 0);
    }, outcome.reject);
  });
  try {
    return await outcome.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    channel.close(new Error('the schema dump was given up'));
    port.close();
    // Ends a thread that waits in Atomics.wait, too.
    await worker.terminate();
  }
}
