/** The figures of a backup that are compared with those of others. */
export interface BackupFigures {
  readonly storedBytes: number;
  readonly durationMs: number;
}

export interface Deviation {
  /**
   * The difference from the usual size in per cent, without a sign: 50 for 1.5 times the size and for half of
   * it.
   */
  readonly sizePercent: number;
  /** The duration divided by the usual one. */
  readonly durationFactor: number;
}

/** The number of earlier backups whose median is the usual value. */
export const COMPARED_WITH = 7;
/** A larger change than this, in per cent, is reported. */
export const UNUSUAL_PERCENT = 50;
/** With fewer earlier backups there is no usual value. */
export const FEWEST_COMPARED_WITH = 3;

/**
 * Compares the newest backup with the median of those before it. Undefined if there are too few, or if the
 * median is zero.
 */
export function deviationOf(newest: BackupFigures, before: readonly BackupFigures[]): Deviation | undefined {
  if (before.length < FEWEST_COMPARED_WITH) return undefined;
  const usualBytes = median(before.map(({ storedBytes }) => storedBytes));
  const usualMs = median(before.map(({ durationMs }) => durationMs));
  if (usualBytes === 0 || usualMs === 0) return undefined;
  return {
    sizePercent: Math.abs(changePercent(newest.storedBytes, usualBytes)),
    durationFactor: newest.durationMs / usualMs,
  };
}

/**
 * The change in per cent; negative for less. When the usual value is zero, any other value is an infinite
 * change.
 */
export function changePercent(value: number, usual: number): number {
  if (usual === 0) return value === 0 ? 0 : Number.POSITIVE_INFINITY;
  return (value / usual - 1) * 100;
}

/** The median; for an even number of values, the mean of the two in the middle. Throws if there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no values have no median');
  return (lower + upper) / 2;
}
