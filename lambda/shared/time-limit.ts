import type { Context } from 'aws-lambda';
import type { LifeboatError } from '../../lib/engine/ground/errors.ts';

/** Lambda gives no signal before it kills: enough to abandon uploads on a slow network, and to publish that it failed. */
export const STOP_BEFORE_END_MS = 30_000;
/** What has not ended by then is left alone, for the failure still has to be told. */
export const GIVE_UP_BEFORE_END_MS = 10_000;

/**
 * Runs `work` under a signal that aborts, with `timeUp` as its reason, while there is time left to put things in order.
 * Throws `timeUp` once it has, whatever the work itself rejects with. Work that ends well in that time has ended well.
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
