import { FUNCTION_VARIABLES } from '../../lib/contract/function-variables.ts';
import { MAIN_CONTAINER, TASK_EXIT } from '../../lib/contract/task-launch.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { programOf, type TaskState, variableOf } from '../shared/task-state-change.ts';
import { readTaskOrder } from './task-order.ts';

/** Whether the task itself could say that it failed, in its log and its metrics. */
export function hasReported(end: TaskState): boolean {
  const code = programOf(end)?.exitCode;
  return code === TASK_EXIT.failed || code === TASK_EXIT.stopped;
}

/** Undefined if the task did what it was started for. */
export function failureOf(end: TaskState, source: string): LifeboatError | undefined {
  const main = programOf(end);
  const taskArn = end.taskArn ?? 'its ARN is unknown';
  if (main?.exitCode === TASK_EXIT.done) return undefined;
  const backup = backupOf(end, source);
  const isReported = hasReported(end);
  return new LifeboatError({
    code: main?.exitCode === undefined ? 'task-never-started' : 'task-failed',
    kind: 'internal',
    what: `The task of ${backup} ${describe(end, main?.exitCode)}.`,
    meaning: 'There is no backup of its slot. Earlier backups are untouched.',
    remedy: isReported
      ? `The log of the task says why: ${taskArn}. When that is mended, invoke the backup function by hand.`
      : `Look at the task in the console of ECS, and at its log: ${taskArn}. A task that never started could not pull its image or fetch its code; one that ended with code 137 needed more memory, or was killed 120 seconds after it was stopped.`,
  });
}

function describe({ stopCode, stoppedReason, containers }: TaskState, exitCode: number | undefined): string {
  const others = containers.flatMap(({ name, reason, exitCode: code }) =>
    reason === undefined && (name === MAIN_CONTAINER || !code)
      ? []
      : [`${name}: ${reason ?? `code ${code}`}`],
  );
  const why = [stopCode, stoppedReason, ...others].filter(Boolean).join('; ');
  return `${exitCode === undefined ? 'never started' : `ended with code ${exitCode}`} (${why})`;
}

function backupOf(end: TaskState, source: string): string {
  try {
    const order: unknown = JSON.parse(variableOf(end, FUNCTION_VARIABLES.taskOrder) ?? '');
    return `the backup ${nameOfBackup(readTaskOrder(order, source).place)}`;
  } catch {
    return `a backup of ${source}`;
  }
}
