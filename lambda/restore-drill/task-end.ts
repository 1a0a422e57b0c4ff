import { DRILL_EXIT, DRILL_TASK_VARIABLES } from '../../lib/contract/drill-task.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import { programOf, readTaskState, variableOf } from '../shared/task-state-change.ts';
import { drillUnsigned } from './unsigned.ts';

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
  const state = readTaskState(input);
  if (!state) return undefined;
  const { taskArn = 'unknown', startedAt, stoppedAt, stopCode, stoppedReason, containers } = state;
  const durationMs = timeBetween(startedAt, stoppedAt);
  const backup = variableOf(state, DRILL_TASK_VARIABLES.backup) ?? 'a backup';
  const exitCode = programOf(state)?.exitCode;
  if (exitCode === DRILL_EXIT.done) return { taskArn, backup, failure: undefined, isTold: true, durationMs };
  if (exitCode === DRILL_EXIT.unsigned) {
    const why = 'The log of its task says why.';
    const failure = drillUnsigned(`The drill of ${backup}`, why);
    return { taskArn, backup, failure, isTold: true, durationMs };
  }
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
