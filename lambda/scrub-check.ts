import type { Context } from 'aws-lambda';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { checkBatch } from '../lib/engine/scrub/check-batch.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { scrubCheckEvent } from './scrub/scrub-events.ts';
import { scrubEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { readEvent } from './shared/read-event.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const { vault } = scrubEnvironment();
const store = openStore(vault);

/** The name of the error that the state machine does not retry: the next try would take as long. */
const TIME_UP = 'ScrubTimeUp';

/**
 * Checks one batch of a scrub as `lifeboat verify` does. A damaged object is a result. It throws only if an object could
 * not be read and this is not the last attempt.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const timeUp = notInTime();
  try {
    const batch = readEvent(scrubCheckEvent, event, '{"tasks":[…]}, as in the list of a scrub');
    const results = await withinTime(context, timeUp, (signal) =>
      checkBatch(store, batch, { signal, isLast: batch.isLast ?? false }),
    );
    const problems = results.flatMap((result) => result.problems);
    for (const problem of problems) logger.warn('damaged', { ...problem });
    logger.info('checked a batch', {
      objects: results.reduce((sum, { objects }) => sum + objects, 0),
      readBytes: results.reduce((sum, { readBytes }) => sum + readBytes, 0),
      damaged: problems.length,
    });
    return { results };
  } catch (error) {
    const failure = reportFailure(error, 'A batch of a scrub');
    if (error === timeUp) failure.name = TIME_UP;
    throw failure;
  }
}

function notInTime(): LifeboatError {
  return new LifeboatError({
    code: 'scrub-check-time-up',
    kind: 'interrupted',
    what: 'The objects of a batch could not be read within the time limit of a function.',
    meaning: 'An object is too large for it, or the vault is slow.',
    remedy: 'Scrub on a machine, which has no limit: `lifeboat verify --all --record`.',
  });
}
