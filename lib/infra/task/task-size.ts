import type { TaskSizeSettings } from '../environment/shared-settings.ts';
import type { Problem } from '../problem.ts';

/** Whole vCPUs, with the memory in GB that each may have (Amazon ECS Developer Guide, "Task CPU and memory"). */
const MEMORY_GB: ReadonlyMap<number, { readonly from: number; readonly to: number; readonly step: number }> =
  new Map([
    [1, { from: 2, to: 8, step: 1 }],
    [2, { from: 4, to: 16, step: 1 }],
    [4, { from: 8, to: 30, step: 1 }],
    [8, { from: 16, to: 60, step: 4 }],
    [16, { from: 32, to: 120, step: 8 }],
  ]);

export interface TaskSize {
  readonly vcpu: number;
  readonly memoryGb: number;
  /** How much longer the alarms wait. */
  readonly hours: number;
  /** When the task ends itself. */
  readonly longestHours: number;
}

/** A backup needs less than 500 MB: the least memory that Fargate gives is enough. */
export function withSizeDefaults(
  { vcpu = 2, memoryGb, hours: asked }: TaskSizeSettings,
  compute: string | undefined,
): TaskSize {
  // Most sources never need their task, and their alarms should not wait long for one.
  const hours = asked ?? (compute === 'task' ? 3 : 1);
  const longestHours = Math.min(LATE_FACTOR * hours, MOST_HOURS);
  return { vcpu, memoryGb: memoryGb ?? MEMORY_GB.get(vcpu)?.from ?? 2 * vcpu, hours, longestHours };
}

export function checkTaskSize(settings: TaskSizeSettings): Problem[] {
  const { vcpu, memoryGb, hours } = withSizeDefaults(settings, undefined);
  const range = MEMORY_GB.get(vcpu);
  if (!range)
    return [{ path: ['vcpu'], message: `${vcpu} is not one of ${[...MEMORY_GB.keys()].join(', ')}` }];
  const { from, to, step } = range;
  const hasMemory = memoryGb >= from && memoryGb <= to && memoryGb % step === 0;
  return [
    ...(hasMemory
      ? []
      : [
          {
            path: ['memoryGb'],
            message: `${memoryGb} is not from ${from} to ${to} in steps of ${step}, as Fargate has it for ${vcpu} vCPU`,
          },
        ]),
    ...(Number.isInteger(hours) && hours >= 1 && hours <= MOST_HOURS
      ? []
      : [{ path: ['hours'], message: `${hours} is not a whole number from 1 to ${MOST_HOURS}` }]),
  ];
}

/** A backup that is late is not lost yet: the alarm fires, and the task goes on for a while. */
const LATE_FACTOR = 4;
/** A snapshot that is open for longer than two days is more than a server should bear. */
const MOST_HOURS = 48;
