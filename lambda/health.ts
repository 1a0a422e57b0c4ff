import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { type HealthReport, health } from '../lib/engine/health/health.ts';
import { type PreviousHealth, previousOfReport } from '../lib/engine/health/previous.ts';
import { healthSettings } from '../lib/engine/health/settings.ts';
import { storedHealth, storeHealth } from '../lib/engine/health/stored-health.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { healthAnswer, logFindings } from './health/health-answer.ts';
import { healthValues } from './health/health-values.ts';
import { nextTryMs } from './health/next-try.ts';
import { previousOf } from './health/previous-of.ts';
import { healthEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { MetricPublisher } from './shared/metrics.ts';
import { reportFailure } from './shared/report-failure.ts';
import { isLoginRefused, SourceSecret } from './shared/source-secret.ts';
import { withinTime } from './shared/time-limit.ts';

const { environment, source, secretArn, results, everyMinutes, settings: given } = healthEnvironment();
const settings = healthSettings(given);
const store = openStore(results, { maxAttempts: 3, idleTimeoutMs: 10_000 });
const secret = new SourceSecret(secretArn);
const metrics = new MetricPublisher(environment);
const doing = `The health check of ${source}`;

/**
 * Measures the source, publishes the figures and stores the report. A source that cannot be reached is a finding, and
 * no failure of the run. A run fails if nothing could be measured, or nobody could be told: then the alarm
 * health-not-measured notices.
 */
export async function handler(_event: unknown, context: Context) {
  logger.addContext(context);
  try {
    return await withinTime(context, timeUp(), (signal) => watch(context, signal));
  } catch (error) {
    throw reportFailure(error, doing);
  }
}

async function watch(context: Context, signal: AbortSignal) {
  const startedAt = new Date();
  let previous = await previousOf(store, source, startedAt, signal);
  for (;;) {
    const report = await measure(previous, signal);
    logFindings(report);
    await tell(report, signal);
    const remainingMs = context.getRemainingTimeInMillis();
    const waitMs = nextTryMs(report, { startedAt, now: new Date(), everyMinutes, remainingMs });
    if (waitMs === undefined) return healthAnswer(report);
    await delay(waitMs, undefined, { signal });
    previous = previousOfReport(report);
  }
}

function measure(previous: PreviousHealth, signal: AbortSignal): Promise<HealthReport> {
  const now = () => new Date();
  return secret.use(
    signal,
    (connection) => health({ source: connection, settings, previous, now, signal }),
    ({ findings }) => isLoginRefused(findings.find(({ check }) => check === 'reachable')?.figures?.code),
  );
}

/** Tells as many as it can. Throws what kept it from telling the others. */
async function tell(report: HealthReport, signal: AbortSignal): Promise<void> {
  const told = await Promise.allSettled([
    metrics.publish(source, healthValues(report)),
    storeHealth(store, storedHealth(report, { environment, source, everyMinutes }), signal),
  ]);
  const failures = told.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  for (const failure of failures.slice(1)) reportFailure(failure, doing);
  if (failures.length > 0) throw failures[0];
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'health-time-up',
    kind: 'interrupted',
    what: `${doing} did not finish within the time limit of its function.`,
    meaning: 'Nothing was changed in the source. What was measured before is stored and published.',
    remedy:
      'Look at the log for what it waited for. If the source takes that long to answer, measure it less often: health.everyMinutes in bin/environments.ts.',
  });
}
