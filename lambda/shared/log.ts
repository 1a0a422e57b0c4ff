import { Logger } from '@aws-lambda-powertools/logger';
import { hideAgeKeys } from '../../lib/engine/ground/hide-secrets.ts';
import type { Observer } from '../../lib/engine/ground/progress.ts';

/**
 * Writes one JSON object per line, with the invocation's id. It is given only facts that we chose, never a
 * caught error, because its cause may hold a row or an SQL text.
 */
export const logger = new Logger({
  serviceName: 'lifeboat',
  // An event or a setting may hold a secret key where a public one belongs.
  jsonReplacerFn: (_, value) => (typeof value === 'string' ? hideAgeKeys(value) : value),
});

const PROGRESS_EVERY_MS = 30_000;

/** Writes the progress of a run into the log, as a person would see it in a terminal. */
export function logObserver(clock: () => number = () => performance.now()): Observer {
  let lastMs = clock();
  return {
    onNotice: (notice) => logger.info(notice),
    onRetry: ({ code, message }, waitMs) => logger.warn(message, { code, waitMs: Math.round(waitMs) }),
    onProgress(progress) {
      if (clock() - lastMs < PROGRESS_EVERY_MS) return;
      lastMs = clock();
      logger.info(`at ${progress.phase}`, { ...progress });
    },
  };
}
