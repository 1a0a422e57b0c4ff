import type { FunctionSizeSettings } from '../environment/shared-settings.ts';
import type { Problem } from '../problem.ts';

/** AWS Lambda Developer Guide, "Lambda quotas". */
export const MEMORY_RANGE_MB = { from: 512, to: 10_240 };
export const TEMPORARY_STORAGE_RANGE_MB = { from: 512, to: 10_240 };

export function checkFunctionSize(size: FunctionSizeSettings): Problem[] {
  const ranges = { memoryMb: MEMORY_RANGE_MB, temporaryStorageMb: TEMPORARY_STORAGE_RANGE_MB };
  return Object.entries(ranges).flatMap(([setting, { from, to }]) => {
    const value = size[setting as keyof typeof ranges];
    const fits = value === undefined || (Number.isInteger(value) && value >= from && value <= to);
    return fits ? [] : [{ path: [setting], message: `${value} is not a whole number from ${from} to ${to}` }];
  });
}
