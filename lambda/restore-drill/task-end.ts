import * as v from 'valibot';
import { DRILL_EXIT, DRILL_TASK_VARIABLES } from '../../lib/contract/drill-task.ts';
import { MAIN_CONTAINER } from '../../lib/contract/task-launch.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';

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
 * What we read of an event (Amazon ECS Developer Guide, "Amazon ECS task state change events"). A part that is not
 * understood counts as absent: that a task has ended must be heard in any case.
 */
const event = v.object({
  'detail-type': v.literal('ECS Task State Change'),
  detail: v.object({
    taskArn: v.fallback(v.string(), 'unknown'),
    ...{ startedAt: word, stoppedAt: word, stopCode: word, stoppedReason: word },
    containers: v.fallback(v.array(container), []),
    overrides: v.fallback(v.object({ containerOverrides: v.array(override) }), { containerOverrides: [] }),
  }),
});

/** How a drill's task ended. */
export interface DrillTaskEnd {
  readonly taskArn: string;
  /** `class/source/id` */
  readonly backup: string;
  readonly failure: LifeboatError | undefined;
  /** Whether the program itself has told the metrics how its drill ended. */
  readonly isTold: boolean;
  /** From the start of its containers to its end. 0 if it never started. */
  readonly durationMs: number;
}

/** The end of a task that an event tells of. Undefined if the event is another one. */
export function drillTaskEnd(input: unknown): DrillTaskEnd | undefined {
  const read = v.safeParse(event, input);
  if (!read.success) return undefined;
  const { taskArn, startedAt, stoppedAt, stopCode, stoppedReason, containers, overrides } =
    read.output.detail;
  const durationMs = timeBetween(startedAt, stoppedAt);
  const program = containers.find(({ name }) => name === MAIN_CONTAINER);
  const given = overrides.containerOverrides.find(({ name }) => name === MAIN_CONTAINER)?.environment ?? [];
  const backup = given.find(({ name }) => name === DRILL_TASK_VARIABLES.backup)?.value ?? 'a backup';
  const exitCode = program?.exitCode;
  if (exitCode === DRILL_EXIT.done) return { taskArn, backup, failure: undefined, isTold: true, durationMs };
  const isTold = exitCode === DRILL_EXIT.failed || exitCode === DRILL_EXIT.stopped;
  const reasons = containers.flatMap(({ name, exitCode: code, reason }) => [
    ...(code === undefined || code === 0 ? [] : [`${name} ended with ${code}`]),
    ...(reason === undefined ? [] : [`${name}: ${reason}`]),
  ]);
  return {
    taskArn,
    backup,
    isTold,
    durationMs,
    failure: failureOf(backup, taskArn, [stopCode, stoppedReason, ...reasons], isTold),
  };
}

function failureOf(
  backup: string,
  taskArn: string,
  reasons: ReadonlyArray<string | undefined>,
  isTold: boolean,
): LifeboatError {
  const why =
    reasons.filter((reason) => reason !== undefined && reason !== '').join('; ') || 'no reason was given';
  const said = isTold
    ? { code: 'drill-task-failed', what: `The task that drilled ${backup} failed: ${why}.` }
    : { code: 'drill-task-died', what: `The task that drilled ${backup} died, or never started: ${why}.` };
  return new LifeboatError({
    ...said,
    kind: 'drill',
    meaning: 'Nothing was proven. The backup is unchanged.',
    remedy: `Read the streams drill/lifeboat/${idOf(taskArn)} and drill/postgres/${idOf(taskArn)} in the log of the tasks. Code 137 is too little memory. CannotPullContainerError names an image that is not there for this major: set drillImage.`,
  });
}

function timeBetween(from = '', to = ''): number {
  const ms = Date.parse(to) - Date.parse(from);
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}

function idOf(taskArn: string): string {
  return taskArn.split('/').at(-1) ?? taskArn;
}
