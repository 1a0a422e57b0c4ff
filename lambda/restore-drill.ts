import './shared/collect-garbage.ts';
import type { Context } from 'aws-lambda';
import { METRICS } from '../lib/contract/metric-names.ts';
import type { BackupPlace } from '../lib/engine/archive/keys.ts';
import { resolveBackup } from '../lib/engine/archive/resolve-backup.ts';
import { drill } from '../lib/engine/drill/drill.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { drillAnswer, drillFailed } from './restore-drill/drill-answer.ts';
import { drillReference, isOfSealedBackup } from './restore-drill/drill-event.ts';
import { drillEnvironment } from './shared/environment.ts';
import { logger, logObserver } from './shared/log.ts';
import { MetricPublisher } from './shared/metrics.ts';
import { type Refusal, refusalOf } from './shared/refusal.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const { environment, vault, source, checks } = drillEnvironment();
const store = openStore(vault);
const metrics = new MetricPublisher(environment);
const doing = `The drill of ${source}`;

/** No drill can begin, by no fault of any backup: the caller has named none that there is, or there is none yet. */
const REFUSALS: readonly string[] = [
  'event-invalid',
  'backup-reference-invalid',
  'backup-not-found',
  'backup-ambiguous',
  'backup-unfinished',
  // The schedule of a new source: no-backup-25h and unproven watch whether there will be one.
  'backup-none',
];

/**
 * Drills one backup. Throws a LifeboatError when it proves nothing, after having published that; where there is nothing to
 * drill it refuses, and no drill has begun.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  try {
    const report = await withinTime(context, timeUp(context), async (signal) => {
      const place = await placeToDrill(event, signal);
      if ('outcome' in place) return place;
      await metrics.tryPublish(source, [[METRICS.drillStarted, 1]]);
      logger.info('drill begins', { ...place });
      return drill({ store, place, checks, signal, observer: logObserver() });
    });
    if ('outcome' in report) return report;
    const answer = drillAnswer(report);
    logger.info('drill ended', { ...answer });
    if (report.verdict === 'failed') throw drillFailed(report);
    await metrics.tryPublish(source, [[METRICS.drillSucceeded, 1]]);
    return answer;
  } catch (error) {
    await metrics.tryPublish(source, [[METRICS.drillFailed, 1]]);
    throw reportFailure(error, doing);
  }
}

/** A vault that cannot be looked at is a drill that began and failed. */
async function placeToDrill(event: unknown, signal: AbortSignal): Promise<BackupPlace | Refusal> {
  try {
    return await resolveBackup(store, drillReference(event, source), { source }, { signal });
  } catch (error) {
    if (error instanceof LifeboatError && REFUSALS.includes(error.code) && !isOfSealedBackup(event))
      return refusalOf(error);
    await metrics.tryPublish(source, [[METRICS.drillStarted, 1]]);
    throw error;
  }
}

function timeUp({ memoryLimitInMB }: Context): LifeboatError {
  return new LifeboatError({
    code: 'drill-time-up',
    kind: 'interrupted',
    what: `${doing} could not be finished in the time that a function has.`,
    meaning: 'It was stopped in time and proved nothing; the backup is as it was.',
    remedy: `Raise drillSize.memoryMb of this source in bin/environments.ts, now ${memoryLimitInMB}: CPU and network grow with it. What is too large for any function is proven by \`lifeboat drill\` on a machine.`,
  });
}
