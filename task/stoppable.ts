import type { LifeboatError } from '../lib/engine/ground/errors.ts';

/** Fargate kills a task 120 seconds after SIGTERM. The failure must be published before. */
const GIVE_UP_AFTER_MS = 90_000;

export interface StopReasons {
  /** The reason when the process gets SIGTERM or SIGINT. */
  readonly stopped: LifeboatError;
  /** The reason when the time is up. */
  readonly late: LifeboatError;
  readonly longestMs: number;
}

/**
 * Runs `work` with a signal that aborts when the process is told to end, or when its time is up. Then throws that reason,
 * whatever `work` rejects with, and without waiting for ever. If `work` still succeeds, its result counts.
 */
export async function stoppable<T>(
  { stopped, late, longestMs }: StopReasons,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => stop.abort(stopped);
  const timer = setTimeout(() => stop.abort(late), longestMs);
  // They stay: a signal that comes when the work is done must not end the process before it has said so.
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, onSignal);
  const givenUp = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => {
      setTimeout(() => reject(stop.signal.reason), GIVE_UP_AFTER_MS);
    });
  });
  try {
    return await Promise.race([work(stop.signal), givenUp]);
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
