import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { logger } from '../shared/log.ts';
import type { BackupOrder } from './backup-event.ts';
import type { Reckoning } from './reckoning.ts';
import type { TaskLauncher } from './task-launcher.ts';

/** Why a task makes a backup: the source says so, it was reckoned to be too large, or the time was up. */
export type HandOverReason = 'always' | 'too-large' | 'time-up';

/** Ends a backup in a function, because a task is to make it. */
export class HandOver extends LifeboatError {
  readonly reason: HandOverReason;
  readonly reckoning: Reckoning | undefined;

  constructor(reason: HandOverReason = 'always', reckoning?: Reckoning) {
    super({ code: 'backup-handed-over', kind: 'interrupted', what: 'A task makes the backup.' });
    this.reason = reason;
    this.reckoning = reckoning;
  }
}

/** Starts a task for the backup, with the same id, and answers that. */
export async function handedOver(launcher: TaskLauncher, order: BackupOrder, why: HandOver) {
  const task = await launcher.start(order);
  const { reason, reckoning } = why;
  const { vcpu, memoryGb, hours } = launcher.launch;
  const answer = {
    outcome: 'handed-over',
    backup: nameOfBackup(order.place),
    ...{ task, reason },
    ...(reckoning && { reckoning }),
    taskSize: { vcpu, memoryGb, hours },
    ...(reckoning && reckoning.seconds > hours * 3600 && { warnings: [tooShort(reckoning, hours)] }),
  };
  logger.info('handed over to a task', answer);
  if (answer.warnings) for (const warning of answer.warnings) logger.warn(warning);
  return answer;
}

/** A task has more CPU and network than a function, so this may be wrong. */
function tooShort({ seconds }: Reckoning, hours: number): string {
  return `At the rate of the function the backup takes about ${Math.ceil(seconds / 3600)} hours, but the alarms wait for ${hours} only, and a task that takes four times that ends itself. Raise taskSize.hours of this source, or taskSize.vcpu.`;
}
