import type { DrillReport } from '../../engine/archive/drill-report.ts';
import { formatDuration } from './units.ts';

/** One duration for each phase; phases under 50 ms are left out. */
export function phasesText(phases: DrillReport['phases']): string {
  const sums = new Map<string, number>();
  for (const { phase, durationMs } of phases) sums.set(phase, (sums.get(phase) ?? 0) + durationMs);
  return [...sums]
    .filter(([, durationMs]) => durationMs >= 50)
    .map(([phase, durationMs]) => `${phase} ${formatDuration(durationMs)}`)
    .join(', ');
}
