import './shared/collect-garbage.ts';
import type { Context } from 'aws-lambda';
import { METRICS } from '../lib/contract/metric-names.ts';
import { checkRecipients } from '../lib/engine/age/recipients.ts';
import { nameOfBackup } from '../lib/engine/archive/listing.ts';
import { type BackupResult, backup } from '../lib/engine/backup/backup.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { backupAnswer } from './backup/backup-answer.ts';
import { type BackupOrder, backupOrder, isScheduled } from './backup/backup-event.ts';
import { backupEnvironment, lockOf } from './shared/environment.ts';
import { OutsideHeartbeat } from './shared/heartbeat.ts';
import { logger, logObserver } from './shared/log.ts';
import { MetricPublisher, type MetricValue } from './shared/metrics.ts';
import { type Refusal, refusalOf } from './shared/refusal.ts';
import { reportFailure } from './shared/report-failure.ts';
import { SourceSecret } from './shared/source-secret.ts';
import { withinTime } from './shared/time-limit.ts';

const {
  environment,
  vault,
  source,
  secretArn,
  order: standing,
  drillRoomMb,
  objectLock,
  ageRecipients,
  heartbeatSecretArn,
} = backupEnvironment();
const store = openStore(vault);
const secret = new SourceSecret(secretArn);
const metrics = new MetricPublisher(environment);
const heartbeat = new OutsideHeartbeat(heartbeatSecretArn, 'backup');

/**
 * Makes one backup of the source, for a schedule's slot or by hand. If the backup fails, publishes that and
 * throws a LifeboatError. An event by hand that it does not understand is refused, which is no failure.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const startedMs = performance.now();
  const durationMs = () => performance.now() - startedMs;
  try {
    const order = readOrder(event);
    if ('outcome' in order) return order;
    logger.info('backup begins', { backup: nameOfBackup(order.place), ...order });
    const recipients = ageRecipients && (await checkRecipients(ageRecipients));
    const result = await withinTime(context, timeUp(context), (signal) =>
      secret.use(signal, (settings) =>
        backup({
          ...standing,
          selectionDefinesSource: true,
          ...order,
          ...lockOf(objectLock, order.place.retentionClass),
          settings,
          store,
          recipients,
          signal,
          observer: logObserver(),
        }),
      ),
    );
    await metrics.tryPublish(source, valuesOf(result));
    // One of the schema alone is no backup to restore.
    if (order.scope !== 'schema-only') await heartbeat.tell({ state: 'success', durationMs: durationMs() });
    const answer = backupAnswer(result, drillRoomMb);
    logger.info('backup ended', { ...answer });
    if ('warnings' in answer) for (const warning of answer.warnings ?? []) logger.warn(warning);
    return answer;
  } catch (error) {
    await metrics.tryPublish(source, [[METRICS.backupFailed, 1]]);
    const failure = reportFailure(error, `The backup of ${source}`);
    await heartbeat.tell({ state: 'failure', durationMs: durationMs(), why: failure.what });
    throw failure;
  }
}

function readOrder(event: unknown): BackupOrder | Refusal {
  try {
    return backupOrder(event, source, new Date());
  } catch (error) {
    if (error instanceof LifeboatError && !isScheduled(event)) return refusalOf(error);
    throw error;
  }
}

function valuesOf(result: BackupResult): MetricValue[] {
  if (result.outcome === 'already-sealed') return [[METRICS.backupSucceeded, 1]];
  const { durationMs, totals } = result.manifest;
  return [
    [METRICS.backupSucceeded, 1],
    [METRICS.backupDuration, durationMs / 1000],
    [METRICS.backupSize, totals.storedBytes],
  ];
}

function timeUp({ memoryLimitInMB }: Context): LifeboatError {
  return new LifeboatError({
    code: 'backup-time-up',
    kind: 'interrupted',
    what: `The backup of ${source} did not finish within the time limit of a function.`,
    meaning: 'It was stopped in an orderly way: nothing was sealed, and its uploads were aborted.',
    remedy: `Raise backupSize.memoryMb of this source in bin/environments.ts (now ${memoryLimitInMB}): CPU and network grow with it. If the database is too large for any function, run \`lifeboat backup\` on a machine.`,
  });
}
