/** A backup's figures, as far as they are compared with those of others. */
export interface BackupFigures {
  readonly storedBytes: number;
  readonly durationMs: number;
}

export interface Deviation {
  /** How much larger or smaller than usual, in per cent: 50 for half as large again, and for half as large. */
  readonly sizePercent: number;
  /** How many times the usual duration. */
  readonly durationFactor: number;
}

/** How many backups make the usual one. */
export const COMPARED_WITH = 7;
/** More or less by more than this, in per cent, is worth a word. */
export const UNUSUAL_PERCENT = 50;
/** Of fewer nobody can say what is usual. */
export const FEWEST_COMPARED_WITH = 3;

/** The newest backup against the median of those before it; undefined when too few are given, or nothing can be said. */
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

/** Below zero for less. Of what is usually nothing no part can be told: infinite, or none at all. */
export function changePercent(value: number, usual: number): number {
  if (usual === 0) return value === 0 ? 0 : Number.POSITIVE_INFINITY;
  return (value / usual - 1) * 100;
}

/** Of an even number of values the mean of the two in the middle. Throws on none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('no values have no median');
  return (lower + upper) / 2;
}
