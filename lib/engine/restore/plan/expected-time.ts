import { WorkAhead } from '../../ground/work-ahead.ts';
import type { RestorePlan } from './restore-plan.ts';
import { workOfPlan } from './work-of-plan.ts';

const MS_PER_ENTRY = 3;
const LEAST_MS = 1000;

/**
 * Estimates how long a restore takes, for the person who waits. It is the mean of the time that its work takes on the
 * machine of docs/performance.md and of the time of the drill that proved the backup, where there is one; at least
 * {@link LEAST_MS}.
 */
export function expectedRestoreMs(
  plan: Omit<RestorePlan, 'notes' | 'expectedMs' | 'neededBytes' | 'doneBefore'>,
): number {
  const { backup, rawBytes, entries, jobs } = plan;
  const { proof, manifest } = backup;
  const work = workOfPlan(plan, { compares: false, isDone: () => false });
  const byWork = new WorkAhead(work, jobs).remainingMs() + entries.length * MS_PER_ENTRY;
  const share = manifest.totals.rawBytes === 0 ? 1 : rawBytes / manifest.totals.rawBytes;
  const byDrill = proof ? proof.recoveryTimeMs * share : byWork;
  return Math.max(LEAST_MS, (byWork + byDrill) / 2);
}
