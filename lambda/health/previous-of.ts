import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { type PreviousHealth, previousOfReport } from '../../lib/engine/health/previous.ts';
import { readStoredHealth, type StoredHealth } from '../../lib/engine/health/stored-health.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { logger } from '../shared/log.ts';

/**
 * What the last run has left. If there is nothing, or nothing that can be used, the run goes on without it: counters
 * count from the beginning of the statistics, and a source that cannot be reached is so since now.
 */
export async function previousOf(
  store: ObjectStore,
  source: string,
  now: Date,
  signal: AbortSignal,
): Promise<PreviousHealth> {
  const stored = await readStoredHealth(store, source, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof LifeboatError)) throw error;
    logger.warn('the last result is not used', { code: error.code, what: error.what });
    return undefined;
  });
  if (!stored) return { counters: undefined, unreachableSince: undefined };
  return { ...previousOfReport(stored.report), unreachableSince: unreachableSince(stored, now) };
}

/** If there was no run for some time, nobody knows whether the source could be reached in between. */
function unreachableSince({ validUntil, report }: StoredHealth, now: Date): Date | undefined {
  if (report.unreachableSince === null || Date.parse(validUntil) < now.getTime()) return undefined;
  return new Date(report.unreachableSince);
}
