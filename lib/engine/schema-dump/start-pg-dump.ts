import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { workerFile } from '../ground/worker-file.ts';
import { AnswerBell } from './answer-bell.ts';
import type { PgDumpOrder, PgDumpThreadInput, PgDumpThreadOutcome } from './pg-dump-thread.ts';

/** A thread that can run pg_dump once. */
export interface PgDumpThread {
  /** Requests for the server come out here, and answers go in. */
  readonly port: MessagePort;
  /** How the run ended. Rejects when the thread died. */
  readonly outcome: Promise<PgDumpThreadOutcome>;
  run(order: PgDumpOrder): void;
  /** Wakes the thread, which waits for the answer that was posted to the port. */
  wake(): void;
  /** Ends the thread, one that waits for an answer too. */
  stop(): Promise<void>;
}

/** Starts the thread, which loads pg_dump and waits: begun early, that costs no time. Whoever starts one has to stop it. */
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
  // It may die before anybody waits for it; who does then hears of it.
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
