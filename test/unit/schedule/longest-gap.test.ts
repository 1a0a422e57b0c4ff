import { describe, expect, it } from 'vitest';
import { longestGapOf } from '../../../lib/schedule/longest-gap.ts';

const HOUR_MS = 3_600_000;
const now = new Date('2026-11-20T12:00:00Z');

describe('the longest gap of a schedule over two years', () => {
  it.each([
    ['cron(0 2 * * ? *)', 'UTC', 24],
    // The autumn night has 25 hours.
    ['cron(0 4 * * ? *)', 'Europe/Berlin', 25],
    ['cron(30 23 * * ? *)', 'America/New_York', 25],
    ['cron(0 4 * * ? *)', 'Australia/Lord_Howe', 24.5],
    ['cron(0 4 * * ? *)', 'Asia/Kolkata', 24],
    ['cron(0 0/6 * * ? *)', 'UTC', 6],
    ['cron(0 1,13 * * ? *)', 'UTC', 12],
    // Friday to Monday.
    ['cron(0 2 ? * MON-FRI *)', 'UTC', 72],
    ['cron(0 5 ? * SUN *)', 'UTC', 7 * 24],
    ['cron(0 5 ? * SUN *)', 'Europe/Berlin', 7 * 24 + 1],
    ['cron(0 2 1 * ? *)', 'UTC', 31 * 24],
    ['rate(6 hours)', 'UTC', 6],
    ['rate(1 day)', 'Europe/Berlin', 24],
  ])('%s in %s: %d hours', (expression, timeZone, hours) => {
    expect(longestGapOf(expression, timeZone, now) / HOUR_MS).toBe(hours);
  });

  it('does not depend on the day of the synthesis', () => {
    for (const day of ['2026-03-28', '2026-03-29', '2026-10-24', '2026-10-25', '2026-10-26', '2028-02-29']) {
      expect(longestGapOf('cron(0 4 * * ? *)', 'Europe/Berlin', new Date(`${day}T12:00:00Z`))).toBe(
        25 * HOUR_MS,
      );
    }
  });

  it('refuses a run in the hour that clocks skip, for Scheduler leaves it out', () => {
    expect(() => longestGapOf('cron(0 2 * * ? *)', 'Europe/Berlin', now)).toThrow(
      '02:00 does not exist in Europe/Berlin on 2027-03-28',
    );
    expect(() => longestGapOf('cron(30 2 ? * SUN *)', 'America/New_York', now)).toThrow('skips such a run');
    expect(() => longestGapOf('cron(0 2,14 * * ? *)', 'Europe/Berlin', now)).toThrow('02:00 does not exist');
  });

  it('accepts a skipped run where the next one fills its place', () => {
    expect(longestGapOf('cron(0 * * * ? *)', 'Europe/Berlin', now) / HOUR_MS).toBe(2);
    expect(longestGapOf('cron(0/30 * * * ? *)', 'America/New_York', now) / HOUR_MS).toBe(1.5);
  });

  it('refuses a schedule that ends', () => {
    expect(() => longestGapOf('cron(0 2 * * ? 2025)', 'UTC', now)).toThrow('does not run twice');
    expect(() => longestGapOf('cron(0 2 25 DEC ? 2026)', 'UTC', now)).toThrow('does not run twice');
  });
});
