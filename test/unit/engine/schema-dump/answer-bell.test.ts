import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { AnswerBell } from '../../../../lib/engine/schema-dump/answer-bell.ts';

const THREAD = new URL('./waits-for-the-bell.ts', import.meta.url);

/** What a ring does last, and does late: it wakes whoever waits by then. Resolves once somebody did. */
async function wakeLate(bell: AnswerBell): Promise<void> {
  while (Atomics.notify(new Int32Array(bell.memory), 0) === 0) await wait(1);
}

function waitingThread(bell: AnswerBell): Worker {
  const thread = new Worker(THREAD, { workerData: bell.memory });
  onTestFinished(async () => void (await thread.terminate()));
  return thread;
}

it('goes on waiting when it is woken for an answer that it has taken already', async () => {
  const bell = new AnswerBell();
  const thread = waitingThread(bell);
  const rung = once(thread, 'message');
  await wakeLate(bell);
  // There is somebody to be woken only while the thread waits again.
  await wakeLate(bell);
  await wakeLate(bell);
  bell.ring();
  expect(await rung).toEqual(['rung']);
});

it('does not wait for a bell that was rung before, until it is reset', async () => {
  const bell = new AnswerBell();
  bell.ring();
  expect(await once(waitingThread(bell), 'message')).toEqual(['rung']);
  bell.reset();
  const rung = once(waitingThread(bell), 'message');
  await wakeLate(bell);
  bell.ring();
  expect(await rung).toEqual(['rung']);
});
