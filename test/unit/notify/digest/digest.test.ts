import { describe, expect, it } from 'vitest';
import { monthlyStorage } from '../../../../lib/contract/list-prices.ts';
import { emailText } from '../../../../lib/notify/channels/email-text.ts';
import {
  digestOf,
  digestParts,
  LONGEST_PART,
  type SourceWeek,
  type Week,
} from '../../../../lib/notify/digest/digest.ts';

const now = new Date('2026-11-23T07:00:00Z');
const GB = 1e9;
const app: SourceWeek = {
  ...{ name: 'app', drill: 'function', backups: 7, backupsBefore: 7 },
  ...{ failedBackups: 0, passedDrills: 1, failedDrills: 0 },
  newestAt: new Date('2026-11-23T02:03:00Z'),
  provenAt: new Date('2026-11-22T02:03:00Z'),
  sizesBytes: [1.1 * GB, 1.12 * GB, 1.2 * GB, 1.24 * GB],
  durationsMs: [180_000, 184_000, 201_000, 195_000],
  recoveriesMs: [410_000, 432_000, 440_000],
  storedBytes: 31 * GB,
  nextDrillAt: new Date('2026-11-29T05:00:00Z'),
};
const billing: SourceWeek = {
  ...{ name: 'billing', drill: 'elsewhere', backups: 26, backupsBefore: 28 },
  ...{ failedBackups: 2, passedDrills: 0, failedDrills: 1 },
  newestAt: new Date('2026-11-23T06:31:00Z'),
  provenAt: undefined,
  ...{ sizesBytes: [12_000_000], durationsMs: [4100], recoveriesMs: [], storedBytes: 900_000_000 },
  nextDrillAt: new Date('2026-11-29T03:00:00Z'),
};
const logs: SourceWeek = {
  ...{ name: 'logs', drill: 'off', backups: 0, backupsBefore: 0 },
  ...{ failedBackups: undefined, passedDrills: undefined, failedDrills: undefined, newestAt: undefined },
  ...{ provenAt: undefined, sizesBytes: [], durationsMs: [], recoveriesMs: [], storedBytes: undefined },
  nextDrillAt: undefined,
};
const week = (sources: readonly SourceWeek[], more: Partial<Week> = {}): Week => ({
  ...{ environment: 'production', region: 'eu-central-1', sources, unread: [], now, ...more },
});
const january = (day: number) => new Date(Date.UTC(2027, 0, day, 5));
const shown = (of: Week) => {
  const { subject, text } = emailText(digestOf(of));
  return `Subject: ${subject}\n\n${text}`;
};

describe('the digest', () => {
  it.each([
    ['good', week([app])],
    ['mixed', week([app, billing, logs], { unread: ['archive (the vault could not be read)'] })],
    [
      'january',
      week([{ ...app, newestAt: january(4), provenAt: january(3), nextDrillAt: january(10) }], {
        now: new Date('2027-01-04T07:00:00Z'),
        region: 'mars-north-1',
      }),
    ],
  ])('of a %s week is one that a person would like to read', async (name, of) => {
    await expect(shown(of)).toMatchFileSnapshot(`../golden/digest-${name}.snap`);
  });

  it('comes to chats in parts that they show whole, with all sources', () => {
    const many = week(Array.from({ length: 15 }, (_, index) => ({ ...app, name: `source-${index}` })));
    const parts = digestParts(many);
    expect(parts.length).toBeGreaterThan(1);
    for (const { happened } of parts) expect(happened.length).toBeLessThanOrEqual(LONGEST_PART);
    const text = parts.map(({ happened }) => happened).join('\n');
    for (const { name } of many.sources) expect(text).toContain(`${name}\n`);
    expect(parts[0]?.title).toMatch(/ \(1 of \d\)$/);
    expect(digestParts(week([app]))).toHaveLength(1);
  });

  it('says no database is safe of which nothing is known', () => {
    expect(digestOf(week([], { unread: ['app (the vault could not be read)'] })).title).toBe(
      'The week of production: 1 of 1 database needs a look',
    );
  });
});

it('a region without a price counts as us-east-1', () => {
  expect(monthlyStorage(100 * 1024 ** 3, 'mars-north-1')).toEqual({ dollars: 2.3, of: 'us-east-1' });
  expect(monthlyStorage(100 * 1024 ** 3, 'eu-central-1')).toEqual({ dollars: 2.45, of: 'eu-central-1' });
});
