import * as v from 'valibot';
import { MAIN_CONTAINER } from '../../lib/contract/task-launch.ts';

const word = v.fallback(v.optional(v.string()), undefined);
const container = v.object({
  name: v.fallback(v.string(), ''),
  exitCode: v.fallback(v.optional(v.number()), undefined),
  reason: word,
});
const override = v.object({
  name: word,
  environment: v.fallback(v.array(v.object({ name: v.string(), value: v.optional(v.string(), '') })), []),
});
/**
 * What EventBridge sends (Amazon ECS Developer Guide, "Amazon ECS task state change events"). A part that is not understood
 * counts as absent: that a task has ended must be heard in any case.
 */
const taskStateChange = v.object({
  'detail-type': v.literal('ECS Task State Change'),
  detail: v.object({
    taskArn: word,
    ...{ startedAt: word, stoppedAt: word, stopCode: word, stoppedReason: word },
    containers: v.fallback(v.array(container), []),
    overrides: v.fallback(v.object({ containerOverrides: v.array(override) }), { containerOverrides: [] }),
  }),
});

export type TaskState = v.InferOutput<typeof taskStateChange>['detail'];

/** The state of a task that an event tells of; undefined if the event is of another kind. */
export function readTaskState(event: unknown): TaskState | undefined {
  const read = v.safeParse(taskStateChange, event);
  return read.success ? read.output.detail : undefined;
}

/** The container of the task's program; undefined if ECS tells nothing of it. */
export function programOf({ containers }: TaskState): TaskState['containers'][number] | undefined {
  return containers.find(({ name }) => name === MAIN_CONTAINER);
}

/** The value of a variable that the task was started with. */
export function variableOf({ overrides }: TaskState, variable: string): string | undefined {
  return overrides.containerOverrides
    .flatMap(({ environment }) => environment)
    .find(({ name }) => name === variable)?.value;
}
