import { setTimeout as delay } from 'node:timers/promises';
import { waitBeforeRetry } from '../../connection/retry-wait.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { PassingFailure } from './computation.ts';

export interface Patience {
  readonly retries: number;
  readonly firstWaitMs?: number | undefined;
  readonly signal: AbortSignal;
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** No wait is longer, even if an endpoint asks for more: then a person should look. */
const LONGEST_WAIT_MS = 10 * 60_000;

/**
 * Tries work again for as long as it fails in passing: after twice the wait each time, with jitter, or after the wait that an
 * endpoint asks for. Throws `backfill-computation-failed` at last.
 */
export async function tryAgain<Result>(
  work: () => Promise<Result>,
  { retries, firstWaitMs, signal, onNotice }: Patience,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      const waitMs = error.waitMs ?? waitBeforeRetry(attempt, firstWaitMs);
      if (attempt > retries || waitMs > LONGEST_WAIT_MS) throw givenUp(error, attempt, waitMs);
      onNotice?.(`${error.message}. Trying again in ${(waitMs / 1000).toFixed(1)} s.`);
      await delay(waitMs, undefined, { signal });
    }
  }
}

function givenUp(cause: PassingFailure, attempts: number, waitMs: number): LifeboatError {
  const asksForMore = waitMs > LONGEST_WAIT_MS;
  return new LifeboatError({
    code: 'backfill-computation-failed',
    kind: 'target',
    what: `${cause.message}, ${attempts === 1 ? 'at the first try' : `after ${attempts} tries`}.`,
    meaning: `${asksForMore ? `It asks to wait for ${Math.ceil(waitMs / 60_000)} minutes. ` : ''}The rows that were written stay. The backfill has not ended.`,
    remedy: 'Find out why it fails. Then run the same command with --resume.',
    cause,
  });
}
