import type { ResilientPool } from './resilient-pool.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Shuts the pool down when the process is told to stop, and then lets it stop as if nobody had listened. If the
 * application listens to the same signal itself, it decides when to exit.
 *
 * @param graceMs how long those who have a connection may still use it
 * @returns a function that stops listening
 */
export function shutdownOnSignals(pool: ResilientPool, graceMs = 10_000): () => void {
  const stop = async (signal: NodeJS.Signals) => {
    ignore();
    const isAlone = process.listenerCount(signal) === 0;
    await pool.shutdown(graceMs).catch(() => {});
    if (isAlone) process.kill(process.pid, signal);
  };
  const ignore = () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return ignore;
}
