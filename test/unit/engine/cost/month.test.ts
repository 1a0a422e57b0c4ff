import { describe, expect, it } from 'vitest';
import { pricedAs } from '../../../../lib/contract/list-prices.ts';
import { backupsAYear, runsAMonth } from '../../../../lib/engine/cost/backups-a-year.ts';
import { cheaperWays } from '../../../../lib/engine/cost/cheaper.ts';
import { keptCopies } from '../../../../lib/engine/cost/kept-copies.ts';
import { type CostPart, monthOfEnvironment, monthOfSource } from '../../../../lib/engine/cost/month.ts';
import { DEFAULT_KEEPING, type Workload } from '../../../../lib/engine/cost/workload.ts';
import { parseSchedule } from '../../../../lib/schedule/schedule.ts';

const until = new Date('2026-11-30T12:00:00Z');
const nightly = backupsAYear(parseSchedule('cron(0 2 * * ? *)', 'UTC'), until);
const GIB = 2 ** 30;
const load: Workload = {
  ...{ source: 'app', region: 'us-east-1', textBytes: 4 * GIB, storedBytes: GIB, objects: 1000 },
  ...{ backupsAYear: nightly, keeping: DEFAULT_KEEPING, drillsAMonth: 4, scrubsAMonth: 1 },
  ...{ backupSeconds: 100, drillSeconds: 300, compute: 'auto', notifies: false },
};
const part = (lines: ReadonlyArray<{ part: CostPart; usd: number }>, name: CostPart) =>
  lines.find((line) => line.part === name)?.usd ?? Number.NaN;

describe('backups a year', () => {
  it('one a night: the first of a month and of a week are counted in their own class', () => {
    expect(nightly.monthly).toBe(12);
    expect(nightly.weekly).toBeGreaterThanOrEqual(48);
    expect(Object.values(nightly).reduce((sum, one) => sum + one)).toBe(365);
  });

  it('counts a rate, and a schedule of minutes by its mean', () => {
    expect(runsAMonth(parseSchedule('rate(6 hours)', 'UTC'), until)).toBeCloseTo((365 * 4) / 12, 0);
    const perMinute = runsAMonth(parseSchedule('rate(1 minute)', 'UTC'), until);
    expect(perMinute / ((365 * 1440) / 12)).toBeCloseTo(1, 1);
  });

  it('a schedule that has never run makes nothing', () => {
    expect(runsAMonth(parseSchedule('cron(0 2 1 1 ? 2031)', 'UTC'), until)).toBe(0);
  });
});

describe('a month in AWS', () => {
  it('agrees with the table of docs/deploy.md for a GB of one backup and for 1,000 tables', () => {
    const lines = monthOfSource(load);
    // "per GB of one backup … $ 0.55"
    expect(part(lines, 'storage')).toBeGreaterThan(0.45);
    expect(part(lines, 'storage')).toBeLessThan(0.6);
    // "per 1,000 tables … $ 0.20", and the marks of what expires: 0.15 more.
    expect(part(lines, 'requests')).toBeGreaterThan(0.3);
    expect(part(lines, 'requests')).toBeLessThan(0.36);
  });

  it('keeps copies for their days, and until they can no longer be undeleted', () => {
    const daily = { daily: 365, weekly: 0, monthly: 0, manual: 0 };
    expect(keptCopies({ backupsAYear: daily, keeping: DEFAULT_KEEPING })).toEqual({
      standard: 16,
      colder: 0,
    });
    const monthly = { daily: 0, weekly: 0, monthly: 12, manual: 0 };
    const kept = keptCopies({ backupsAYear: monthly, keeping: DEFAULT_KEEPING });
    expect(kept.standard).toBeCloseTo(1, 1);
    expect(kept.colder).toBeCloseTo(11.3, 1);
  });

  it('counts a task for what outgrows a function, and no more than 15 minutes of a function', () => {
    const long = { ...load, backupSeconds: 3 * 3600 };
    expect(part(monthOfSource(long), 'runs')).toBeGreaterThan(part(monthOfSource(load), 'runs'));
    expect(monthOfSource(long).find((line) => line.part === 'runs')?.what).toContain('in a task');
    const limited = monthOfSource({ ...long, compute: 'function' });
    const most = monthOfSource({ ...load, backupSeconds: 900, compute: 'function' });
    expect(part(limited, 'runs')).toBe(part(most, 'runs'));
    // Two hours of a drill are not billed as a quarter of one.
    const drilled = part(monthOfSource({ ...load, drillSeconds: 2 * 3600 }), 'runs');
    expect(drilled / part(monthOfSource({ ...load, drillSeconds: 900 }), 'runs')).toBeGreaterThan(2);
  });

  it('what is not switched on costs nothing', () => {
    const parts = (given: Workload) => monthOfSource(given).map((line) => line.part);
    expect(parts({ ...load, scrubsAMonth: 0 })).toEqual(['storage', 'requests', 'runs', 'watching']);
    expect(parts({ ...load, healthEveryMinutes: 5, captureEveryMinutes: 1 })).toContain('changes');
    const bare = monthOfEnvironment({ notifies: false, dashboard: false });
    const full = monthOfEnvironment({ notifies: true, dashboard: true });
    expect(part(full, 'watching') - part(bare, 'watching')).toBeCloseTo(3 + 0.9, 1);
  });

  it('costs more in a region where storage does', () => {
    const frankfurt = monthOfSource({ ...load, region: 'eu-central-1' });
    expect(part(frankfurt, 'storage')).toBeGreaterThan(part(monthOfSource(load), 'storage'));
    // What was not counted by the region's prices is not said to be.
    expect(pricedAs('eu-central-1')).toBe('of S3 Standard in eu-central-1, and of us-east-1 for the rest');
    expect(pricedAs('mars-1')).toMatch(/^of us-east-1, because those of mars-1/);
  });
});

describe('what would make it cheaper', () => {
  it('says nothing where nothing is large, and names egress first where it is', () => {
    expect(cheaperWays({ load, egress: [], egressBytes: 0, lines: [] })).toEqual([]);
    const [first] = cheaperWays({
      load,
      egressBytes: 1,
      lines: monthOfSource({ ...load, storedBytes: 100 * GIB }),
      egress: [{ verdict: 'used-up' } as never],
    });
    expect(first?.what).toContain('once a week');
  });
});
