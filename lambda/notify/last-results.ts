import { readStoredHealth, type StoredHealth } from '../../lib/engine/health/stored-health.ts';
import { openStore } from '../../lib/engine/storage/open-store.ts';
import { logger } from '../shared/log.ts';

/** What cannot be read must not keep other messages from being sent. */
const LONGEST_LOOK_MS = 10_000;

/** Reads the last results of health of these sources. Without a bucket none is measured. */
export function lastResults(
  bucket: string | undefined,
  sources: readonly string[],
): () => Promise<StoredHealth[]> {
  if (bucket === undefined) return async () => [];
  const store = openStore(bucket, { maxAttempts: 3, idleTimeoutMs: LONGEST_LOOK_MS });
  return async () => {
    const signal = AbortSignal.timeout(LONGEST_LOOK_MS);
    const looks = sources.map(async (source) => {
      try {
        return await readStoredHealth(store, source, signal);
      } catch (error) {
        logger.warn('the last result of health cannot be read', { source, error: error as Error });
        return undefined;
      }
    });
    return (await Promise.all(looks)).filter((result) => result !== undefined);
  };
}
