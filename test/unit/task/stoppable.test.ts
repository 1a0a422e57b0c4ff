import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LifeboatError } from '../../../lib/engine/ground/errors.ts';
import { stoppable } from '../../../task/stoppable.ts';

const stopped = new LifeboatError({ code: 'task-stopped', kind: 'interrupted', what: 'Stopped.' });
const late = new LifeboatError({ code: 'backup-time-up', kind: 'interrupted', what: 'Time is up.' });
const reasons = { stopped, late, longestMs: 3_600_000 };
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('a query was cut off')));
  });

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const before = new Map(SIGNALS.map((name) => [name, process.listeners(name)]));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  for (const name of SIGNALS) {
    for (const listener of process.listeners(name)) {
      if (!before.get(name)?.includes(listener)) process.off(name, listener);
    }
  }
});

it('SIGTERM aborts the work, and is the reason of the failure', async () => {
  const outcome = expect(stoppable(reasons, aborted)).rejects.toBe(stopped);
  process.emit('SIGTERM');
  await outcome;
});

it('the time limit does, too', async () => {
  const outcome = expect(stoppable(reasons, aborted)).rejects.toBe(late);
  await vi.advanceTimersByTimeAsync(3_600_000);
  await outcome;
});

it('work that hangs is given up before Fargate kills the task', async () => {
  const outcome = expect(stoppable(reasons, () => new Promise<never>(() => {}))).rejects.toBe(stopped);
  process.emit('SIGTERM');
  await vi.advanceTimersByTimeAsync(119_000);
  await outcome;
});

it('work that still succeeds counts', async () => {
  const done = stoppable(
    reasons,
    (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(7))),
  );
  process.emit('SIGTERM');
  expect(await done).toBe(7);
});
