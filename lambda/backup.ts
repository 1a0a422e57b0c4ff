import './shared/collect-garbage.ts';
import type { Context } from 'aws-lambda';
import { functionCostUsd } from '../lib/contract/list-prices.ts';
import type { BackupPlace } from '../lib/engine/archive/keys.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { type BackupOrder, backupOrder, isScheduled, type ReadOrder } from './backup/backup-event.ts';
import { HandOver, handedOver } from './backup/hand-over.ts';
import { lastRun, reckon } from './backup/reckoning.ts';
import { SourceBackup } from './backup/source-backup.ts';
import { failureOf, hasReported } from './backup/task-end.ts';
import { TaskLauncher } from './backup/task-launcher.ts';
import { launchEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { type Refusal, refusalOf } from './shared/refusal.ts';
import { readTaskState, type TaskState } from './shared/task-state-change.ts';
import { STOP_BEFORE_END_MS, withinTime } from './shared/time-limit.ts';

const source = new SourceBackup();
const launch = launchEnvironment();
const launcher = launch && new TaskLauncher(launch);

/**
 * Makes one backup of the source, for a schedule's slot or by hand, or has a task make it if it would not fit into the
 * function's time. Hears how such a task has ended. If a backup fails, publishes that and throws a LifeboatError. An
 * event by hand that it does not understand is refused, which is no failure.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  const end = readTaskState(event);
  if (end) return await hear(end);
  try {
    const read = readOrder(event);
    if ('outcome' in read) return read;
    if (launcher?.launch.when === 'task') return await handedOver(launcher, read.order, new HandOver());
    return await backUp(read, context);
  } catch (error) {
    throw await source.fail(error);
  }
}

/** Throws for a failure, so that Lambda counts it as it counts a failed backup of the function itself. */
async function hear(end: TaskState) {
  const failure = failureOf(end, source.source);
  if (failure) throw await source.fail(failure, hasReported(end));
  logger.info('the task has ended', { task: end.taskArn });
  return { outcome: 'task-ended', task: end.taskArn };
}

async function backUp({ order, earlier }: ReadOrder, context: Context) {
  const startedMs = performance.now();
  const admit = launcher && (await admission(earlier, context));
  try {
    const result = await withinTime(context, timeUp(context), (signal) =>
      source.run(order, { signal, ...(admit && { admit }) }),
    );
    const seconds = (performance.now() - startedMs) / 1000;
    return source.answer(result, functionCostUsd(Number(context.memoryLimitInMB), seconds));
  } catch (error) {
    if (launcher && error instanceof HandOver) return await handOverOrTry(launcher, order, error, context);
    if (launcher && error instanceof LifeboatError && error.code === 'backup-time-up') {
      return await handedOver(launcher, order, new HandOver('time-up'));
    }
    throw error;
  }
}

/** Stops a backup before it reads anything, if it would not fit. */
async function admission(earlier: readonly BackupPlace[], context: Context) {
  const last = await lastRun(source.store, earlier, AbortSignal.timeout(10_000));
  return (expectedBytes: number) => {
    const secondsLeft = Math.round((context.getRemainingTimeInMillis() - STOP_BEFORE_END_MS) / 1000);
    const reckoning = reckon(expectedBytes, last, { secondsLeft, limit: source.limit });
    logger.info('reckoned', { ...reckoning });
    if (!reckoning.fits) throw new HandOver('too-large', reckoning);
  };
}

/** If no task can be started, the function tries after all: what was reckoned may be wrong. */
async function handOverOrTry(tasks: TaskLauncher, order: BackupOrder, why: HandOver, context: Context) {
  try {
    return await handedOver(tasks, order, why);
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    logger.warn(`${error.what} The function makes the backup itself, as far as its time allows.`);
  }
  const startedMs = performance.now();
  const result = await withinTime(context, timeUp(context), (signal) => source.run(order, { signal }));
  const seconds = (performance.now() - startedMs) / 1000;
  return source.answer(result, functionCostUsd(Number(context.memoryLimitInMB), seconds));
}

function readOrder(event: unknown): ReadOrder | Refusal {
  try {
    return backupOrder(event, source.source, new Date());
  } catch (error) {
    if (error instanceof LifeboatError && !isScheduled(event)) return refusalOf(error);
    throw error;
  }
}

function timeUp({ memoryLimitInMB }: Context): LifeboatError {
  return new LifeboatError({
    code: 'backup-time-up',
    kind: 'interrupted',
    what: `The backup of ${source.source} did not finish within the time limit of a function.`,
    meaning: 'It was stopped in an orderly way: nothing was sealed, and its uploads were aborted.',
    remedy: `Remove \`compute: 'function'\` from this source in bin/environments.ts: a task then makes what does not fit. Or raise its backupSize.memoryMb (now ${memoryLimitInMB}): CPU and network grow with it.`,
  });
}
