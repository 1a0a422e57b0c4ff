import { MessageChannel, Worker } from 'node:worker_threads';
import type pg from 'pg';
import { LifeboatError } from '../../errors.ts';
import { workerFile } from '../../worker-file.ts';
import type { PgDumpThreadInput, PgDumpThreadOutcome } from './pg-dump-thread.ts';
import { RawChannel } from './raw-exchange.ts';

export interface PgDumpRun {
  readonly client: pg.Client;
  readonly args: readonly string[];
  readonly parameters: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
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
    withDeadline(channel.exchange(request), deadlineMs).then((answer) => {
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

async function withDeadline<T>(answer: Promise<T>, deadlineMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(noAnswer(deadlineMs)), deadlineMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function noAnswer(deadlineMs: number): LifeboatError {
  return new LifeboatError({
    code: 'source-not-answering',
    kind: 'source',
    what: `The source did not answer pg_dump for ${Math.round(deadlineMs / 1000)} seconds.`,
    meaning: 'The connection is dead, or the server is overloaded; the schema was not dumped.',
    remedy: 'Start the backup again; if it repeats, look at the server’s load and at what stands between.',
  });
}
