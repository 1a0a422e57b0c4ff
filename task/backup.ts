import '../lambda/shared/collect-garbage.ts';
import type { BackupOrder } from '../lambda/backup/backup-event.ts';
import { SourceBackup } from '../lambda/backup/source-backup.ts';
import { readTaskOrder } from '../lambda/backup/task-order.ts';
import { taskEnvironment } from '../lambda/shared/environment.ts';
import { taskCostUsd } from '../lib/contract/list-prices.ts';
import { TASK_EXIT } from '../lib/contract/task-launch.ts';
import type { BackupResult } from '../lib/engine/backup/backup.ts';
import { isSealed } from '../lib/engine/backup/watch-for-seal.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { stoppable } from './stoppable.ts';

/**
 * Makes the backup that the function handed over, with as much time as the source's settings give it, and ends with a code
 * that says how it went. SIGTERM ends it in an orderly way: nothing is sealed, and its uploads are aborted.
 */
const source = new SourceBackup();
process.exit(await main());

async function main(): Promise<number> {
  try {
    const { order, hours, vcpu, memoryGb } = taskEnvironment();
    const longestMs = hours * 3_600_000;
    const read = readTaskOrder(order, source.source);
    const result = await stoppable({ stopped: stopped(), late: late(hours), longestMs }, (signal) =>
      // The signal ends it in time; the guard on the snapshot must not end it sooner.
      source.run(read, { signal, longestSnapshotMs: longestMs }),
    ).catch(async (error: unknown): Promise<BackupResult> => {
      if (await wasSealed(read)) return { outcome: 'already-sealed', place: read.place };
      throw error;
    });
    source.answer(result, taskCostUsd(vcpu, memoryGb, performance.now() / 1000));
    return TASK_EXIT.done;
  } catch (error) {
    const { code } = await source.fail(error);
    return code === 'task-stopped' ? TASK_EXIT.stopped : TASK_EXIT.failed;
  }
}

/** Whether it was stopped in the moment of its seal. What the vault does not say, counts as no. */
async function wasSealed({ place }: BackupOrder): Promise<boolean> {
  return await isSealed(source.store, place, AbortSignal.timeout(5000)).catch(() => false);
}

function stopped(): LifeboatError {
  return new LifeboatError({
    code: 'task-stopped',
    kind: 'interrupted',
    what: `The backup of ${source.source} was stopped: its task got SIGTERM.`,
    meaning: 'It ended in an orderly way: nothing was sealed, and its uploads were aborted.',
    remedy: 'If nobody stopped the task, AWS has retired its host. Invoke the backup function by hand.',
  });
}

function late(hours: number): LifeboatError {
  return new LifeboatError({
    code: 'backup-time-up',
    kind: 'interrupted',
    what: `The backup of ${source.source} did not finish within ${hours} hours.`,
    meaning: 'It was stopped in an orderly way: nothing was sealed, and its uploads were aborted.',
    remedy: 'Raise taskSize.hours of this source in bin/environments.ts, or taskSize.vcpu and load.jobs.',
  });
}
