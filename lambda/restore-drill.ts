import './shared/collect-garbage.ts';
import { tmpdir } from 'node:os';
import type { Context } from 'aws-lambda';
import { CHANGE_PROOF_METRICS } from '../lib/contract/capture-metrics.ts';
import type { DrillLaunch } from '../lib/contract/drill-task.ts';
import { METRICS } from '../lib/contract/metric-names.ts';
import { checkArrived } from '../lib/engine/archive/arrival.ts';
import type { DrillReport } from '../lib/engine/archive/drill-report.ts';
import type { BackupPlace } from '../lib/engine/archive/keys.ts';
import { readManifestFile } from '../lib/engine/archive/read-manifest.ts';
import { resolveBackup } from '../lib/engine/archive/resolve-backup.ts';
import { drill } from '../lib/engine/drill/drill.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { keepReport } from '../lib/engine/proof/keep-report.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { withIdentities } from '../lib/engine/storage/with-identities.ts';
import { freeDiskBytes } from '../lib/engine/target/disk-room.ts';
import { drillAnswer, drillFailed } from './restore-drill/drill-answer.ts';
import { drillReference, isOfSealedBackup } from './restore-drill/drill-event.ts';
import { type HandedOver, handOver, skippedHere } from './restore-drill/hand-over.ts';
import { IdentitySecret } from './restore-drill/identity-secret.ts';
import { kmsSigner } from './restore-drill/kms-signer.ts';
import { proveWithinTime } from './restore-drill/prove-changes.ts';
import { type DrillTaskEnd, drillTaskEnd } from './restore-drill/task-end.ts';
import { DRILL_UNSIGNED, RecordWatch } from './restore-drill/unsigned.ts';
import { whyNotHere } from './restore-drill/where-to-drill.ts';
import { drillEnvironment, lockOf } from './shared/environment.ts';
import { OutsideHeartbeat } from './shared/heartbeat.ts';
import { logger, logObserver } from './shared/log.ts';
import { MetricPublisher } from './shared/metrics.ts';
import { type Refusal, refusalOf } from './shared/refusal.ts';
import { reportFailure } from './shared/report-failure.ts';
import { STOP_BEFORE_END_MS, withinTime } from './shared/time-limit.ts';

const {
  environment,
  vault,
  source,
  checks,
  isReplica,
  objectLock,
  ageIdentitySecretArn,
  provesChanges,
  heartbeatSecretArn,
  signingKeyArn,
  launch,
} = drillEnvironment();
const store = openStore(vault);
const identity = new IdentitySecret(ageIdentitySecretArn);
const metrics = new MetricPublisher(environment);
const heartbeat = new OutsideHeartbeat(heartbeatSecretArn, 'drill');
const signer = kmsSigner(signingKeyArn);
const doing = `The drill of ${source}`;

/**
 * Errors with which no drill begins and no backup is at fault: the named backup does not exist, or there is
 * none yet, or it is still arriving in a replica.
 */
const REFUSALS: readonly string[] = [
  'event-invalid',
  'backup-reference-invalid',
  'backup-not-found',
  'backup-ambiguous',
  'backup-unfinished',
  'backup-manifest-gone',
  // A new source has no backup yet. The alarms no-backup-25h and unproven watch whether it gets one.
  'backup-none',
  // A replica has no whole backup yet. The alarm replica-behind watches whether it gets one.
  'backup-arriving',
];

/**
 * Drills one backup. If the drill proves nothing, publishes that and throws a LifeboatError. If there is
 * nothing to drill, refuses: then no drill has begun.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const startedMs = performance.now();
  const durationMs = () => performance.now() - startedMs;
  const record = new RecordWatch();
  try {
    const end = drillTaskEnd(event);
    if (end) return await hearTaskEnd(end);
    let drilled: BackupPlace | undefined;
    const report = await withinTime(context, timeUp(context), async (signal) => {
      const place = await placeToDrill(event, signal);
      if ('outcome' in place) return place;
      drilled = place;
      if (launch) return await drillOrHandOver(place, launch, record, context, signal);
      return await drillHere(place, !isReplica, record, signal);
    });
    if ('outcome' in report) return { ...report, ...(await changesOf(drilled, context)) };
    const answer = drillAnswer(report);
    logger.info('drill ended', { ...answer });
    if (report.verdict === 'failed') throw drillFailed(report);
    await metrics.tryPublish(source, [[METRICS.drillSucceeded, 1]]);
    await heartbeat.tell({ state: 'success', durationMs: durationMs() });
    const changes = await changesOf(drilled, context);
    record.check(doing);
    return { ...answer, ...changes };
  } catch (error) {
    if (error instanceof LifeboatError && error.code === DRILL_UNSIGNED) throw reportFailure(error, doing);
    // A drill that a task ran has told so itself.
    const isTold = error instanceof LifeboatError && error.code === 'drill-task-failed';
    if (!isTold) await metrics.tryPublish(source, [[METRICS.drillFailed, 1]]);
    const failure = reportFailure(error, doing);
    await heartbeat.tell({ state: 'failure', durationMs: durationMs(), why: failure.what });
    throw failure;
  }
}

async function drillHere(
  place: BackupPlace,
  keepsProof: boolean,
  { onRecord }: RecordWatch,
  signal: AbortSignal,
) {
  await metrics.tryPublish(source, [[METRICS.drillStarted, 1]]);
  logger.info('drill begins', { ...place });
  const lock = lockOf(objectLock, place.retentionClass);
  return await identity.use(signal, (identities) =>
    drill({
      store: withIdentities(store, identities),
      ...{ place, checks, ...lock, signal, keepsProof, signer, onRecord },
      observer: logObserver(),
    }),
  );
}

/**
 * Drills here what can be proven here in full, and has a task do the rest. A drill that had to skip something succeeded;
 * but its proof would stand in the way of the task's, which skips nothing, so it is not kept.
 */
async function drillOrHandOver(
  place: BackupPlace,
  to: DrillLaunch,
  record: RecordWatch,
  context: Context,
  signal: AbortSignal,
): Promise<DrillReport | HandedOver> {
  return await identity.use(signal, async (identities) => {
    const readable = withIdentities(store, identities);
    const { manifest } = await readManifestFile(store, place, { signal });
    const room = {
      freeBytes: await freeDiskBytes(tmpdir()),
      remainingMs: context.getRemainingTimeInMillis() - STOP_BEFORE_END_MS,
    };
    const why = to.when === 'task' ? ['drill is "task"'] : whyNotHere(manifest, room);
    if (why.length > 0) return await handOver(readable, place, to, why, context.awsRequestId, signal);
    const report = await drillHere(place, false, record, signal);
    const skipped = skippedHere(report);
    if (report.verdict === 'failed' || skipped.length === 0) {
      const { onRecord } = record;
      const kept = { store, place, ...lockOf(objectLock, place.retentionClass), signer, onRecord };
      if (!isReplica) await keepReport({ ...kept, observer: logObserver() }, report, manifest);
      return report;
    }
    await metrics.tryPublish(source, [[METRICS.drillSucceeded, 1]]);
    const first = skipped.slice(0, 5);
    const others = skipped.length - first.length;
    const reasons = [`skipped here: ${first.join('; ')}${others > 0 ? `; and ${others} more` : ''}`];
    return await handOver(readable, place, to, reasons, context.awsRequestId, signal);
  });
}

/**
 * The changes between the backup before and this one, replayed and compared, if the source's changes are captured. The drill
 * has been told by then: what becomes of its changes says nothing about a backup. A task proves none, so that the function
 * does for it what fits.
 */
async function changesOf(place: BackupPlace | undefined, context: Context) {
  if (!provesChanges || place === undefined) return {};
  const proof = await proveWithinTime({ store, identity, place, keepsProof: !isReplica }, doing, context);
  logger.info('changes', { ...proof });
  const unproven = { proven: 0, failed: 1, unfinished: 1, none: undefined, 'too-large': undefined }[
    proof.verdict
  ];
  if (unproven !== undefined) await metrics.tryPublish(source, [[CHANGE_PROOF_METRICS.unproven, unproven]]);
  return { changes: proof };
}

/**
 * A task that died could not say so itself. Its end is thrown, so that it is heard as the function's own failures are. A
 * task has no way to the monitor outside, so that the function tells it of every end.
 */
async function hearTaskEnd({ taskArn, backup, failure, isTold, durationMs }: DrillTaskEnd) {
  if (!failure) {
    await heartbeat.tell({ state: 'success', durationMs });
    return { outcome: 'task-ended', backup, taskArn } as const;
  }
  if (failure.code === DRILL_UNSIGNED) await heartbeat.tell({ state: 'success', durationMs });
  if (!isTold) await metrics.tryPublish(source, [[METRICS.drillStarted, 1]]);
  throw failure;
}

/** If the vault cannot be read, the drill counts as begun and failed. */
async function placeToDrill(event: unknown, signal: AbortSignal): Promise<BackupPlace | Refusal> {
  try {
    const onNotice = (notice: string) => logger.info(notice);
    const place = await resolveBackup(store, drillReference(event, source), { source }, { signal, onNotice });
    await checkArrived(store, place, { signal });
    return place;
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
    what: `${doing} did not finish within the time limit of a function.`,
    meaning: 'It was stopped in an orderly way and proved nothing. The backup is unchanged.',
    remedy: `Raise drillSize.memoryMb of this source in bin/environments.ts (now ${memoryLimitInMB}): CPU and network grow with it. If the backup is too large for any function, set drill to "auto": then a task drills it.`,
  });
}
