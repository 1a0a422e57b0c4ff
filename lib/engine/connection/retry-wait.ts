const FIRST_WAIT_MS = 1000;

/**
 * The wait in milliseconds before the `retry`-th new try of a connection, from 1: 1, 2, 4, 8, 16 times the first wait,
 * each with up to a quarter more by chance, so that many clients of one server do not come back in the same moment.
 */
export function waitBeforeRetry(retry: number, firstWaitMs = FIRST_WAIT_MS): number {
  return firstWaitMs * 2 ** (retry - 1) * (1 + Math.random() / 4);
}
