import { parentPort, workerData } from 'node:worker_threads';
import { AnswerBell } from '../../../../lib/engine/schema-dump/answer-bell.ts';

/** A thread that waits for the bell whose memory it was given, once. */
new AnswerBell(workerData).wait();
parentPort?.postMessage('rung');
