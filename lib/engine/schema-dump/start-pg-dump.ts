import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
// Before the thread: the flag that keeps V8's optimizing compiler off pg_dump would hold for this WebAssembly, too. Its
// share of a backup's processor time was 12 % without V8's optimizing compiler, and is 6 % with it (docs/performance.md).
import '../copy-text/copy-text.ts';
import { workerFile } from '../ground/worker-file.ts';
import { AnswerBell } from './answer-bell.ts';
import type { PgDumpOrder, PgDumpThreadInput, PgDumpThreadOutcome } from './pg-dump-thread.ts';

/** A thread that can run pg_dump once. */
export interface PgDumpThread {
  /** Carries requests for the server out of the thread, and answers into it. */
  readonly port: MessagePort;
  /** How the run ended. Rejects when the thread died. */
  readonly outcome: Promise<PgDumpThreadOutcome>;
  run(order: PgDumpOrder): void;
  /** Wakes the thread after an answer has been posted to the port. */
  wake(): void;
  /** Terminates the thread, even while it waits for an answer. */
  stop(): Promise<void>;
}

/**
 * Starts the thread, which loads pg_dump and waits. If started early, this costs no time. The caller must
 * stop it.
 */
export function startPgDump(): PgDumpThread {
  const { port1: port, port2: workerPort } = new MessageChannel();
  const bell = new AnswerBell();
  const input: PgDumpThreadInput = { port: workerPort, bell: bell.memory };
  const worker = new Worker(workerFile(import.meta.url, 'pg-dump-worker'), {
    workerData: input,
    transferList: [workerPort],
    name: 'pg_dump',
  });
  const outcome = new Promise<PgDumpThreadOutcome>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the pg_dump thread ended with code ${code}`)));
  });
  // The thread may die before anybody awaits the outcome. A later await still gets the error.
  outcome.catch(() => {});
  return {
    port,
    outcome,
    run: (order) => worker.postMessage(order),
    wake: () => bell.ring(),
    async stop() {
      port.close();
      await worker.terminate();
    },
  };
}
