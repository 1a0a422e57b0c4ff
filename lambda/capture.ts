import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { checkRecipients } from '../lib/engine/age/recipients.ts';
import { type CaptureMemory, type CaptureResult, capture } from '../lib/engine/capture/capture.ts';
import { enable } from '../lib/engine/capture/enable.ts';
import type { ConnectionSettings } from '../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { ObjectExistsError } from '../lib/engine/storage/object-store.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { BaseOrder } from './capture/base-order.ts';
import { captureValues, failedValues } from './capture/capture-values.ts';
import { maySwitchOn } from './capture/may-switch-on.ts';
import { captureEnvironment } from './shared/environment.ts';
import { logger, logObserver } from './shared/log.ts';
import { MetricPublisher } from './shared/metrics.ts';
import { readEvent } from './shared/read-event.ts';
import { reportFailure } from './shared/report-failure.ts';
import { SourceSecret } from './shared/source-secret.ts';
import { STOP_BEFORE_END_MS, withinTime } from './shared/time-limit.ts';

const given = captureEnvironment();
const { environment, source, everyMinutes, hostProfile } = given;
const store = openStore(given.vault);
const secret = new SourceSecret(given.secretArn);
const metrics = new MetricPublisher(environment);
const base = new BaseOrder(store, given.backupFunction, given.baseMinutes);
const doing = `The capture of the changes of ${source}`;
const memory: CaptureMemory = { holder: randomUUID() };
const capturing = v.object({ slot: v.optional(v.pipe(v.string(), v.isoTimestamp())) });

/** A minute less than what is left: an entry has to be written, and metrics to be published. */
const RESERVE_MS = 2 * STOP_BEFORE_END_MS;
/** Runs that are minutes apart never are exactly so. */
const JITTER_MS = 30_000;

/**
 * Brings the changes since the last run into the vault. The first run makes the publication and the slot. When an epoch
 * needs a base, asks the backup function for one. Two runs may overlap: one of them answers `busy`.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const now = new Date();
  try {
    const { slot } = readEvent(capturing, event, '{}');
    const dueAt = slot === undefined ? undefined : new Date(slot);
    const result = await withinTime(context, timeUp(), (signal) =>
      secret.use(signal, (settings) => run(settings, dueAt, context, signal)),
    );
    await metrics.publish(source, captureValues(result, memory.epoch?.record, new Date()));
    logger.info('captured', { ...result });
    return result;
  } catch (error) {
    await metrics.tryPublish(source, await failedValues(store, source, now));
    throw reportFailure(error, doing);
  }
}

async function run(
  settings: ConnectionSettings,
  dueAt: Date | undefined,
  context: Context,
  signal: AbortSignal,
): Promise<CaptureResult> {
  const recipients = given.ageRecipients && (await checkRecipients(given.ageRecipients));
  const request = {
    ...{ settings, store, source, recipients, memory, signal },
    observer: logObserver(),
    longestPollMs: Math.max(RESERVE_MS, context.getRemainingTimeInMillis() - RESERVE_MS),
    // Every run of five minutes leaves an entry; of those that come every minute, quiet ones share one.
    quietEntryEveryMs: 5 * 60_000 - JITTER_MS,
    takeBase: (epoch: Parameters<BaseOrder['ask']>[0]) => base.ask(epoch, signal),
  };
  try {
    return await capture(request).catch(onceMoreIfOvertaken(() => capture(request)));
  } catch (error) {
    if (!(error instanceof LifeboatError && error.code === 'pitr-not-enabled')) throw error;
    if (!(await maySwitchOn(store, source, dueAt, signal))) throw error;
  }
  const { epoch, advice } = await enable({
    ...{ settings, store, source, recipients, signal },
    ...(hostProfile && { hostProfile }),
  });
  logger.info('switched on', { epoch: epoch.epoch, slot: epoch.slot.name, tables: epoch.tables.length });
  for (const { what, remedy } of advice) logger.warn(what, { remedy });
  return await capture(request);
}

/** A process that is warm may know less than the vault: the watchdog, or another capture, has written since. */
function onceMoreIfOvertaken<T>(again: () => Promise<T>) {
  return (error: unknown): Promise<T> => {
    if (!(error instanceof ObjectExistsError)) throw error;
    return again();
  };
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'capture-time-up',
    kind: 'interrupted',
    what: `${doing} did not finish within the time limit of its function.`,
    meaning: `Nothing is lost: the slot holds what was not stored, and the next run, in ${everyMinutes} minutes at most, goes on.`,
    remedy:
      'If it happens again and again, run `lifeboat capture --longest-poll 60m` once from a machine that has the time.',
  });
}
