import type { Context } from 'aws-lambda';
import { STATUS_PAGE_KEY, STATUS_PAGE_SECONDS } from '../lib/contract/status-page.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { readStatus } from '../lib/engine/status/read-status.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { consecutiveDrillFailures } from '../lib/engine/watch/drill-failures.ts';
import type { ManifestMemory } from '../lib/engine/watch/manifest-memory.ts';
import { statusPage } from '../lib/present/html/status/status-page.ts';
import { drillHistory } from './sentinel/drill-history.ts';
import { statusPageEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const { environment, region, vault, pages, sources } = statusPageEnvironment();
const [store, bucket] = [openStore(vault), openStore(pages)];
const memories = new Map<string, ManifestMemory>();

/** Writes the status page of the environment over the one before. The sentinel asks for it when something has changed. */
export async function handler(_event: unknown, context: Context) {
  logger.addContext(context);
  const now = new Date();
  try {
    return await withinTime(context, timeUp(), async (signal) => {
      const limits = new Map(sources.map(({ name, ...of }) => [name, of]));
      const [usual] = limits.values();
      if (!usual) throw new Error('the stack has named no source');
      const status = await readStatus({
        ...{ store, limits: usual, expected: limits, now, mayHoldCopies: false, memories, signal },
        failedDrills: async (source, provenAt) =>
          consecutiveDrillFailures(await drillHistory(environment, source, now, signal), now, provenAt),
      });
      const page = statusPage(status, { title: environment, region, renewedSeconds: STATUS_PAGE_SECONDS });
      await bucket.put(STATUS_PAGE_KEY, Buffer.from(page), {
        ...{ ifAbsent: false, contentType: 'text/html; charset=utf-8', signal },
      });
      logger.info('wrote the status page', { state: status.state, bytes: page.length });
      return { outcome: 'written', state: status.state, sources: status.sources.length };
    });
  } catch (error) {
    throw reportFailure(error, 'The status page');
  }
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'status-time-up',
    kind: 'interrupted',
    what: 'The status page could not be written within the time limit.',
    meaning: 'The page of before is still there, and says when it was written.',
    remedy:
      'The sentinel asks again within a quarter of an hour. The log shows what the function waited for.',
  });
}
