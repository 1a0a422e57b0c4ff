import { setTimeout as wait } from 'node:timers/promises';

/** Waits. If the signal aborts, throws its reason at once. */
export async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(durationMs, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Exponential backoff with full jitter; tries count from 1. */
export function backoffMs(tryNumber: number, baseMs: number, mostMs: number): number {
  return Math.random() * Math.min(mostMs, baseMs * 2 ** (tryNumber - 1));
}
