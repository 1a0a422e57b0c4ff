import { COMPUTES, type ComputeName } from '../contract/task-launch.ts';
import type { Problem } from './problem.ts';

/** The settings of a source that concern where its backups run. */
export interface ComputeSettings {
  readonly compute?: string;
  readonly taskSize?: object;
}

/** The compute of settings that {@link checkCompute} has checked. */
export function computeOf({ compute }: ComputeSettings): ComputeName {
  return COMPUTES.find((one) => one === compute) ?? 'auto';
}

export function mayBeTask(settings: ComputeSettings): boolean {
  return computeOf(settings) !== 'function';
}

/** Reports the size of a task where there is none: it would be ignored silently. */
export function checkCompute(settings: ComputeSettings): Problem[] {
  const { compute = 'auto', taskSize } = settings;
  if (!COMPUTES.some((one) => one === compute)) {
    return [
      { path: ['compute'], message: `${JSON.stringify(compute)} should be one of ${COMPUTES.join(', ')}` },
    ];
  }
  if (mayBeTask(settings) || taskSize === undefined) return [];
  const message = 'is for a task, but compute is "function": leave out one of the two';
  return [{ path: ['taskSize'], message }];
}
