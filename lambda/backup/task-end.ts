import * as v from 'valibot';
import { FUNCTION_VARIABLES } from '../../lib/contract/function-variables.ts';
import { MAIN_CONTAINER, TASK_EXIT } from '../../lib/contract/task-launch.ts';
import { nameOfBackup } from '../../lib/engine/archive/listing.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { readTaskOrder } from './task-order.ts';

const word = v.fallback(v.optional(v.string()), undefined);
const container = v.object({
  name: v.fallback(v.string(), ''),
  exitCode: v.fallback(v.optional(v.number()), undefined),
  reason: word,
});
const override = v.object({
  environment: v.fallback(v.array(v.object({ name: v.string(), value: v.string() })), []),
});
/**
 * What EventBridge sends (Amazon ECS Developer Guide, "Amazon ECS task state change events"). A part that is not understood
 * counts as absent: that a task has ended must be heard in any case.
 */
const taskEnd = v.object({
  'detail-type': v.literal('ECS Task State Change'),
  detail: v.object({
    taskArn: v.fallback(v.string(), 'its ARN is unknown'),
    ...{ stopCode: word, stoppedReason: word },
    containers: v.fallback(v.array(container), []),
    overrides: v.fallback(v.object({ containerOverrides: v.array(override) }), { containerOverrides: [] }),
  }),
});

export type TaskEnd = v.InferOutput<typeof taskEnd>['detail'];

/** The end of a task that an event tells of; undefined if the event is of another kind. */
export function readTaskEnd(event: unknown): TaskEnd | undefined {
  const read = v.safeParse(taskEnd, event);
  return read.success ? read.output.detail : undefined;
}

/** Whether the task itself could say that it failed, in its log and its metrics. */
export function hasReported({ containers }: TaskEnd): boolean {
  const code = mainContainer(containers)?.exitCode;
  return code === TASK_EXIT.failed || code === TASK_EXIT.stopped;
}

/** Undefined if the task did what it was started for. */
export function failureOf(end: TaskEnd, source: string): LifeboatError | undefined {
  const main = mainContainer(end.containers);
  if (main?.exitCode === TASK_EXIT.done) return undefined;
  const backup = backupOf(end, source);
  const isReported = hasReported(end);
  return new LifeboatError({
    code: main?.exitCode === undefined ? 'task-never-started' : 'task-failed',
    kind: 'internal',
    what: `The task of ${backup} ${describe(end, main?.exitCode)}.`,
    meaning: 'There is no backup of its slot. Earlier backups are untouched.',
    remedy: isReported
      ? `The log of the task says why: ${end.taskArn}. When that is mended, invoke the backup function by hand.`
      : `Look at the task in the console of ECS, and at its log: ${end.taskArn}. A task that never started could not pull its image or fetch its code; one that ended with code 137 needed more memory, or was killed 120 seconds after it was stopped.`,
  });
}

function describe({ stopCode, stoppedReason, containers }: TaskEnd, exitCode: number | undefined): string {
  const others = containers.flatMap(({ name, reason, exitCode: code }) =>
    reason === undefined && (name === MAIN_CONTAINER || !code)
      ? []
      : [`${name}: ${reason ?? `code ${code}`}`],
  );
  const why = [stopCode, stoppedReason, ...others].filter(Boolean).join('; ');
  return `${exitCode === undefined ? 'never started' : `ended with code ${exitCode}`} (${why})`;
}

function mainContainer(containers: TaskEnd['containers']) {
  return containers.find(({ name }) => name === MAIN_CONTAINER);
}

function backupOf({ overrides }: TaskEnd, source: string): string {
  const told = overrides.containerOverrides
    .flatMap(({ environment }) => environment)
    .find(({ name }) => name === FUNCTION_VARIABLES.taskOrder);
  try {
    return `the backup ${nameOfBackup(readTaskOrder(JSON.parse(told?.value ?? ''), source).place)}`;
  } catch {
    return `a backup of ${source}`;
  }
}
