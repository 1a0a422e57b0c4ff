import { setTimeout as wait } from 'node:timers/promises';

/** Waits; throws the signal's reason at once when it aborts. */
export async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(durationMs, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Exponential backoff with full jitter, for the given try from 1 on. */
export function backoffMs(tryNumber: number, baseMs: number, mostMs: number): number {
  return Math.random() * Math.min(mostMs, baseMs * 2 ** (tryNumber - 1));
}
