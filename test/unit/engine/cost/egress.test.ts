import { describe, expect, it } from 'vitest';
import { HOST_PLAN_NAMES, HOST_PLANS } from '../../../../lib/contract/host-plans.ts';
import { egressUnderPlans } from '../../../../lib/engine/cost/egress.ts';

const GB = 1e9;

describe('egress under a plan', () => {
  it('50 GB a night cost what the host bills beyond its quota', () => {
    const [launch] = egressUnderPlans(1500 * GB, 'neon', 'neon-launch');
    expect(launch).toMatchObject({ usedPercent: 1500, usd: 140, verdict: 'warning', whenUsedUp: null });
    const [pro] = egressUnderPlans(1500 * GB, 'supabase', 'supabase-pro');
    expect(pro?.usd).toBeCloseTo(112.5);
    expect(pro?.whenUsedUp).toContain('spend cap');
  });

  it('warns before a free plan takes the application down, and not after', () => {
    const verdicts = [2.4, 2.6, 5, 5.1].map(
      (gb) => egressUnderPlans(gb * GB, 'neon', 'neon-free')[0]?.verdict,
    );
    expect(verdicts).toEqual(['fine', 'warning', 'warning', 'used-up']);
    const [free] = egressUnderPlans(5.1 * GB, 'neon', 'neon-free');
    expect(free).toMatchObject({ usd: null, whenUsedUp: expect.stringContaining('data transfer quota') });
  });

  it('compares all plans of a host that nobody named, and none of an unknown one', () => {
    expect(egressUnderPlans(GB, 'supabase').map(({ plan }) => plan)).toEqual([
      'supabase-free',
      'supabase-pro',
      'supabase-team',
    ]);
    expect(egressUnderPlans(GB, 'plain')).toEqual([]);
  });

  it('has no share of a quota that is nothing', () => {
    expect(egressUnderPlans(100 * GB, 'rds', 'rds-other-zone')[0]).toMatchObject({
      usedPercent: null,
      usd: 1,
      verdict: 'fine',
    });
  });

  it('every plan names its source, and one that sells no more says what happens then', () => {
    for (const name of HOST_PLAN_NAMES) {
      const plan = HOST_PLANS[name];
      expect(plan.source, name).toMatch(/\.(com|tech)\//);
      if (plan.gbUsd === undefined) expect(plan, name).toHaveProperty('whenUsedUp');
    }
  });
});
