import { setTimeout as delay } from 'node:timers/promises';

/** Runs once, or again and again: each begins when the interval is over, or when the one before has ended. */
export async function every(
  intervalMs: number | undefined,
  signal: AbortSignal,
  run: () => Promise<void>,
): Promise<void> {
  for (;;) {
    const startedAt = performance.now();
    await run();
    if (intervalMs === undefined) return;
    await delay(Math.max(0, intervalMs - (performance.now() - startedAt)), undefined, { signal });
  }
}
