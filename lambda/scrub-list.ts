import type { Context } from 'aws-lambda';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { batchesOfVault, type ListedForScrub } from '../lib/engine/scrub/list-backups-to-scrub.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { scrubListEvent } from './scrub/scrub-events.ts';
import { scrubEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { readEvent } from './shared/read-event.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const { vault, work } = scrubEnvironment();
const store = openStore(vault);
const workStore = openStore(work);

/**
 * The first step of a scrub: writes a list of all objects of all sealed backups, in batches, which the state machine
 * hands out, and what the backups were when it began.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  try {
    const { execution } = readEvent(scrubListEvent, event, '{"execution":"by-hand"}');
    // A repeated invocation writes beside what the first one has left.
    const folder = `lists/${execution}/${context.awsRequestId}/`;
    const listed: ListedForScrub[] = [];
    const written = { batches: 0 };
    await withinTime(context, timeUp(), async (signal) => {
      await workStore.upload(
        `${folder}batches.json`,
        asJson(batchesOfVault(store, listed, { signal }), written),
        {
          signal,
        },
      );
      await workStore.put(`${folder}backups.json`, Buffer.from(JSON.stringify(listed)), { signal });
    });
    const answer = { folder, batches: written.batches, backups: listed.length };
    logger.info('listed what is scrubbed', { ...answer, batchesKey: `${folder}batches.json` });
    return { ...answer, batchesKey: `${folder}batches.json` };
  } catch (error) {
    throw reportFailure(error, 'The list of a scrub');
  }
}

/** One JSON array, a line for each batch, however many there are. */
async function* asJson(
  batches: AsyncIterable<object>,
  written: { batches: number },
): AsyncGenerator<Uint8Array> {
  yield Buffer.from('[');
  for await (const batch of batches) {
    yield Buffer.from(`${written.batches === 0 ? '\n' : ',\n'}${JSON.stringify(batch)}`);
    written.batches += 1;
  }
  yield Buffer.from('\n]\n');
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'scrub-list-time-up',
    kind: 'interrupted',
    what: 'The manifests of the vault could not be read within the time limit of a function.',
    meaning: 'Nothing was scrubbed.',
    remedy: 'Scrub on a machine: `lifeboat verify --all --record`.',
  });
}
