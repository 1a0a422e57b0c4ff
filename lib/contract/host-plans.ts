import type { HostProfile } from './host-profiles.ts';

/** A provider's plan, as far as it counts the bytes that leave a database. A GB has 10^9 bytes here: the stricter reading. */
export interface HostPlan {
  readonly host: HostProfile;
  readonly title: string;
  /** GB a month that the plan includes. */
  readonly includedGb: number;
  /** What they are included for. */
  readonly countedFor: string;
  /** US dollars for each GB beyond; undefined if there is no more to be had. */
  readonly gbUsd: number | undefined;
  /** What the host does when the quota is used up, as the end of a sentence; undefined if it only sends a bill. */
  readonly whenUsedUp?: string;
  readonly source: string;
}

const NEON = 'neon.com/docs/introduction/plans, "Public network transfer"';
const SUPABASE = 'supabase.com/docs/guides/platform/manage-your-usage/egress';
const RDS = 'aws.amazon.com/rds/postgresql/pricing, "Data transfer"';

/** As of `PRICES_AS_OF`. Hosts change their plans: docs/costs.md says where to look. */
export const HOST_PLANS = {
  'neon-free': {
    ...{ host: 'neon', title: 'Neon Free', includedGb: 5, countedFor: 'a project', gbUsd: undefined },
    whenUsedUp:
      'Neon suspends the compute until the next month or an upgrade, and every connection fails with “Your project has exceeded the data transfer quota”',
    source: NEON,
  },
  'neon-launch': {
    ...{ host: 'neon', title: 'Neon Launch', includedGb: 100, countedFor: 'a project', gbUsd: 0.1 },
    source: NEON,
  },
  'neon-scale': {
    ...{ host: 'neon', title: 'Neon Scale', includedGb: 100, countedFor: 'a project', gbUsd: 0.1 },
    source: NEON,
  },
  'supabase-free': {
    ...{ host: 'supabase', title: 'Supabase Free', includedGb: 5, gbUsd: undefined },
    countedFor: 'the organization, all services together',
    whenUsedUp:
      'Supabase restricts every project of the organization after a grace period: they answer 402, and the application is down until the next billing cycle or an upgrade',
    source: SUPABASE,
  },
  'supabase-pro': {
    ...{ host: 'supabase', title: 'Supabase Pro', includedGb: 250, gbUsd: 0.09 },
    countedFor: 'the organization, all services together',
    whenUsedUp:
      'with the spend cap switched on, which is the default, Supabase restricts the projects instead',
    source: SUPABASE,
  },
  'supabase-team': {
    ...{ host: 'supabase', title: 'Supabase Team', includedGb: 250, gbUsd: 0.09 },
    countedFor: 'the organization, all services together',
    source: SUPABASE,
  },
  'rds-same-zone': {
    ...{ host: 'rds', title: 'RDS, read in its own zone', includedGb: 0, countedFor: 'an account', gbUsd: 0 },
    source: RDS,
  },
  'rds-other-zone': {
    ...{ host: 'rds', title: 'RDS, read from another zone', includedGb: 0, gbUsd: 0.01 },
    countedFor: 'an account',
    source: RDS,
  },
  'rds-internet': {
    ...{ host: 'rds', title: 'RDS, read through the internet', includedGb: 100, gbUsd: 0.09 },
    countedFor: 'an account, all services together',
    source: RDS,
  },
} as const satisfies Record<string, HostPlan>;

export type HostPlanName = keyof typeof HOST_PLANS;
export const HOST_PLAN_NAMES = Object.keys(HOST_PLANS) as HostPlanName[];

export function plansOf(host: HostProfile): ReadonlyArray<readonly [HostPlanName, HostPlan]> {
  return HOST_PLAN_NAMES.map((name) => [name, HOST_PLANS[name]] as const).filter(
    ([, plan]) => plan.host === host,
  );
}
