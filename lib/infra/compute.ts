import { COMPUTES, type ComputeName } from '../contract/task-launch.ts';
import type { TaskSizeSettings } from './environment/shared-settings.ts';
import type { Problem } from './problem.ts';
import { withSizeDefaults } from './task/task-size.ts';

/** The settings of a source that concern where its backups run. */
export interface ComputeSettings {
  readonly compute?: string;
  readonly taskSize?: TaskSizeSettings;
}

/** The compute of settings that {@link checkCompute} has checked. */
export function computeOf({ compute }: ComputeSettings): ComputeName {
  return COMPUTES.find((one) => one === compute) ?? 'auto';
}

export function mayBeTask(settings: ComputeSettings): boolean {
  return computeOf(settings) !== 'function';
}

/**
 * How much longer the alarms wait for a backup of the source, because a task makes it. With `auto` nobody knows whether
 * one will, and most sources never need it: they wait no longer, unless somebody says how long a task may take.
 */
export function allowanceMs(settings: ComputeSettings): number {
  const { compute, taskSize = {} } = settings;
  const isExpected = compute === 'task' || (mayBeTask(settings) && taskSize.hours !== undefined);
  return isExpected ? withSizeDefaults(taskSize, compute).hours * 3_600_000 : 0;
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
