import type { Problem } from '../problem.ts';

/** The size of a function. CPU and network grow with memory; 1,769 MB are one vCPU. */
export interface FunctionSizeProps {
  /** Memory, in MB. @default 2048 */
  readonly memoryMb?: number;

  /**
   * Size of /tmp, in MB. A drill needs about 2.3 times the size of the restored database there.
   *
   * @default - 512 for a backup, which writes no files; 10240 for a drill, billed only while it runs
   */
  readonly temporaryStorageMb?: number;
}

/** AWS Lambda Developer Guide, "Lambda quotas". */
export const MEMORY_RANGE_MB = { from: 512, to: 10_240 };
export const TEMPORARY_STORAGE_RANGE_MB = { from: 512, to: 10_240 };

export function checkFunctionSize(size: FunctionSizeProps): Problem[] {
  const ranges = { memoryMb: MEMORY_RANGE_MB, temporaryStorageMb: TEMPORARY_STORAGE_RANGE_MB };
  return Object.entries(ranges).flatMap(([setting, { from, to }]) => {
    const value = size[setting as keyof typeof ranges];
    const fits = value === undefined || (Number.isInteger(value) && value >= from && value <= to);
    return fits ? [] : [{ path: [setting], message: `${value} is not a whole number from ${from} to ${to}` }];
  });
}
