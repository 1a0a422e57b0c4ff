import type { Context } from 'aws-lambda';
import type { LifeboatError } from '../../lib/engine/ground/errors.ts';

/**
 * Lambda sends no signal before it kills a function. This leaves time to abandon uploads on a slow network,
 * and to publish the failure.
 */
export const STOP_BEFORE_END_MS = 30_000;
/** Work that has not ended by then is abandoned, because the failure must still be published. */
export const GIVE_UP_BEFORE_END_MS = 10_000;

/**
 * Runs `work` with a signal that aborts, with `timeUp` as its reason, while there is still time to clean up.
 * Once it has aborted, throws `timeUp` whatever `work` rejects with. If `work` still succeeds in that time,
 * its result counts.
 */
export async function withinTime<T>(
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  timeUp: LifeboatError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const remainingMs = context.getRemainingTimeInMillis();
  const stop = new AbortController();
  const stopTimer = setTimeout(() => stop.abort(timeUp), remainingMs - STOP_BEFORE_END_MS);
  let giveUpTimer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<never>((_, reject) => {
    giveUpTimer = setTimeout(() => reject(timeUp), remainingMs - GIVE_UP_BEFORE_END_MS);
  });
  try {
    return await Promise.race([work(stop.signal), givenUp]);
  } catch (error) {
    throw stop.signal.aborted ? timeUp : error;
  } finally {
    clearTimeout(stopTimer);
    clearTimeout(giveUpTimer);
  }
}
