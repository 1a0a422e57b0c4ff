import { Logger } from '@aws-lambda-powertools/logger';
import type { Observer } from '../../lib/engine/ground/progress.ts';

/** One JSON object a line, with the invocation's id. Given facts of our own choosing only, never an error as it came: its
 * cause may hold a row or an SQL text. */
export const logger = new Logger({ serviceName: 'lifeboat' });

const PROGRESS_EVERY_MS = 30_000;

/** Writes into the log what a person at a terminal would see of a run. */
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
