import type { Context } from 'aws-lambda';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { endScrub, type ScrubEnd } from './scrub/end-scrub.ts';
import { publishScrub } from './scrub/publish-scrub.ts';
import { scrubEndEvent } from './scrub/scrub-events.ts';
import { scrubEndEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { readEvent } from './shared/read-event.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const surroundings = scrubEndEnvironment();
const store = openStore(surroundings.vault);
const workStore = openStore(surroundings.work);

/**
 * The last step of a scrub: writes a record for each backup and a summary, publishes, and tells people in words which
 * objects are damaged. `complete` is false if something could not be read.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  try {
    const read = readEvent(scrubEndEvent, event, '{"startedAt":"2026-12-02T04:00:00Z","state":{…}}');
    const end: ScrubEnd = await withinTime(context, timeUp(), (signal) =>
      endScrub({ store, workStore, event: read, signal }),
    );
    await publishScrub(surroundings, store.url, end);
    const { totals, failure } = end;
    logger.info('scrub ended', { ...totals, failure });
    return { complete: failure === undefined && totals?.unreadable === 0, ...totals };
  } catch (error) {
    throw reportFailure(error, 'The end of a scrub');
  }
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'scrub-end-time-up',
    kind: 'interrupted',
    what: 'The results of a scrub could not be written within the time limit of a function.',
    meaning: 'Some backups have no record of it.',
    remedy: "The function's log shows what it waited for. Start the scrub again.",
  });
}
