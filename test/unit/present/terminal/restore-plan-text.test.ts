import { expect, it } from 'vitest';
import type { RestorePlan } from '../../../../lib/engine/restore/restore.ts';
import { PLAIN_PAGE } from '../../../../lib/present/terminal/page.ts';
import { restorePlanText } from '../../../../lib/present/terminal/restore-plan-text.ts';

/** The parts of a plan that its text reads. */
const PLAN = {
  backup: {
    name: 'daily/shop/20261120T020000Z',
    manifest: {
      snapshot: { takenAt: '2026-11-20T02:00:00.000Z' },
      totals: { rows: 1, rawBytes: 1 },
      tables: [],
      server: { version: '17.6' },
    },
  },
  target: {
    database: 'shop',
    display: 'me@host:5432/shop',
    version: '17.6',
    relations: new Map(),
    sizeBytes: 1,
  },
  scope: {},
  ...{ safetyRecipients: [], rolesToCreate: [], newer: [], tiers: [], notes: [], tables: [], empties: [] },
  ...{
    entries: [],
    sequences: [],
    rows: 1,
    rawBytes: 1,
    dependents: { made: [] },
    expectedMs: 1,
    neededBytes: 1,
    jobs: 1,
  },
  replaces: [{ key: '"We""ird.Schema"."a ""b"""', kind: 'r' }],
  locks: { alone: ['"We""ird.Schema"."a ""b"""'], againstWriting: ['"app"."x""y"'], patienceMs: 1 },
} as unknown as RestorePlan;

it('prints names with quotes in them whole, wherever a plan names tables', () => {
  const text = restorePlanText(PLAN, new Date('2026-11-20T03:00:00Z'), PLAIN_PAGE)
    .join(' ')
    .replace(/\s+/g, ' ');
  expect(text).toMatch(/replace We"ird\.Schema\.a "b" /);
  expect(text).toMatch(/locks We"ird\.Schema\.a "b" against everybody; app\.x"y against writing/);
});
