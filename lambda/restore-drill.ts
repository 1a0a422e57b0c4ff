import './garbage-collection.ts';
import type { Context } from 'aws-lambda';
import { resolveBackup } from '../lib/engine/archive/resolve-backup.ts';
import { drill } from '../lib/engine/drill.ts';
import { LifeboatError } from '../lib/engine/errors.ts';
import { METRICS } from '../lib/engine/metric-names.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { drillAnswer, drillFailed } from './drill-answer.ts';
import { drillReference } from './drill-event.ts';
import { drillEnvironment } from './environment.ts';
import { failureOf } from './failure.ts';
import { logger, logObserver } from './log.ts';
import { MetricPublisher } from './metrics.ts';
import { withinTime } from './time-limit.ts';

const { environment, vault, source, checks } = drillEnvironment();
const store = openStore(vault);
const metrics = new MetricPublisher(environment);
const doing = `The drill of ${source}`;

/** Drills one backup. Throws a LifeboatError when it proves nothing, after having published that; an event it does not know begins no drill. */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const reference = readReference(event);
  await metrics.tryPublish(source, [[METRICS.drillStarted, 1]]);
  try {
    const report = await withinTime(context, timeUp(context), async (signal) => {
      const place = await resolveBackup(store, reference, { source }, { signal });
      logger.info('drill begins', { ...place });
      return drill({ store, place, checks, signal, observer: logObserver() });
    });
    const answer = drillAnswer(report);
    logger.info('drill ended', { ...answer });
    if (report.verdict === 'failed') throw drillFailed(report);
    await metrics.tryPublish(source, [
      [METRICS.drillSucceeded, 1],
      [METRICS.recoveryTime, report.recoveryTimeMs / 1000],
    ]);
    return answer;
  } catch (error) {
    await metrics.tryPublish(source, [[METRICS.drillFailed, 1]]);
    throw failureOf(error, doing);
  }
}

function readReference(event: unknown): string {
  try {
    return drillReference(event, source);
  } catch (error) {
    throw failureOf(error, doing);
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
