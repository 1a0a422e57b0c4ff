import { HOST_PLANS, type HostPlan, type HostPlanName, plansOf } from '../../contract/host-plans.ts';
import type { HostProfile } from '../../contract/host-profiles.ts';

/** Hosts count by 10^9, or do not say: the stricter reading. */
export const HOST_GB = 1e9;

/**
 * - `fine`: backups use less than half of what the plan includes.
 * - `warning`: they use half of it or more, so that the application may not have what it needs.
 * - `used-up`: they alone need more than there is.
 */
export type EgressVerdict = 'fine' | 'warning' | 'used-up';

/** A month of backups under one plan of a host. */
export interface EgressUnderPlan {
  readonly plan: HostPlanName;
  readonly title: string;
  readonly includedGb: number;
  readonly countedFor: string;
  /** Of the included bytes, in per cent; null if the plan includes none. */
  readonly usedPercent: number | null;
  /** US dollars beyond what is included, as if nothing else used it; null if the plan sells no more. */
  readonly usd: number | null;
  readonly verdict: EgressVerdict;
  /** What happens then, for `used-up` and, if the host stops, for `warning`. */
  readonly whenUsedUp: string | null;
  readonly source: string;
}

/** A share of the quota from which on the application may miss what the backups use. */
const HALF_PERCENT = 50;

/** Under each plan of the host, or under the one that is named; none for a host that is not known. */
export function egressUnderPlans(
  bytesAMonth: number,
  host: HostProfile,
  named?: HostPlanName | undefined,
): EgressUnderPlan[] {
  const plans = named === undefined ? plansOf(host) : [[named, HOST_PLANS[named] as HostPlan] as const];
  return plans.map(([name, plan]) => under(bytesAMonth, name, plan));
}

function under(bytesAMonth: number, name: HostPlanName, plan: HostPlan): EgressUnderPlan {
  const gb = bytesAMonth / HOST_GB;
  const usedPercent = plan.includedGb === 0 ? null : (gb / plan.includedGb) * 100;
  const beyond = Math.max(0, gb - plan.includedGb);
  const verdict =
    usedPercent === null || usedPercent < HALF_PERCENT
      ? 'fine'
      : usedPercent <= 100 || plan.gbUsd !== undefined
        ? 'warning'
        : 'used-up';
  return {
    ...{ plan: name, title: plan.title, includedGb: plan.includedGb, countedFor: plan.countedFor },
    usedPercent,
    usd: plan.gbUsd === undefined ? (beyond > 0 ? null : 0) : beyond * plan.gbUsd,
    verdict,
    whenUsedUp: verdict === 'fine' ? null : (plan.whenUsedUp ?? null),
    source: plan.source,
  };
}
