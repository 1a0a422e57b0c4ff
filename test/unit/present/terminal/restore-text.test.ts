import { describe, expect, it } from 'vitest';
import type { RestoreReport } from '../../../../lib/engine/restore/restore.ts';
import { PLAIN_PAGE, pageOf } from '../../../../lib/present/terminal/page.ts';
import { restoreText } from '../../../../lib/present/terminal/restore-text.ts';

const REPORT: RestoreReport = {
  outcome: 'restored with failures',
  backup: { retentionClass: 'daily', source: 'shop', backupId: '20261120T020000Z' },
  target: {
    display: 'admin@some-name.of-a-region.rds.amazonaws.com:5432/shop',
    database: 'shop\u001b[2J',
    serverVersion: '18.4',
  },
  safetyBackup: 'manual/shop-before-restore/20261120T031500Z-k3f9aq',
  resumed: false,
  startedAt: '2026-11-20T03:15:00.000Z',
  finishedAt: '2026-11-20T03:25:00.000Z',
  recoveryTimeMs: 432_100,
  durationMs: 600_000,
  phases: [
    { phase: 'rows', durationMs: 300_000 },
    { phase: 'compare', durationMs: 40_000 },
    { phase: 'compare', durationMs: 20_000 },
    { phase: 'sequences', durationMs: 3 },
  ],
  tiers: [
    { names: ['auth'], tables: 3, readyAfterMs: 12_000 },
    { names: [], tables: 40, readyAfterMs: 432_100 },
  ],
  totals: { tables: 43, rows: 1_500_000, rawBytes: 2e9, matched: 44, differing: 1, skipped: 1 },
  items: [
    { kind: 'table', name: 'public.users', verdict: 'match' },
    { kind: 'sequence', name: 'public.users_id_seq', verdict: 'match' },
    { kind: 'foreign-key', name: 'a', verdict: 'match' },
    { kind: 'statement', name: 'policy own: CREATE POLICY', verdict: 'skipped', reason: 'it was left out' },
    {
      kind: 'table',
      name: 'public.\u202eorders',
      verdict: 'differs',
      reason: 'its rows could not be loaded',
    },
  ],
  catalog: [],
  comparedBefore: 0,
  discarded: [
    {
      relation: 'public.users',
      kind: 'table',
      change: 'goes',
      words: 'FORCE ROW LEVEL SECURITY on public.users',
      protects: true,
    },
    {
      relation: 'public.users',
      kind: 'column',
      change: 'goes',
      words: 'column public.users.note',
      protects: false,
    },
  ],
  kept: ['schema app'],
  rolesCreated: ['company_app'],
  roles: [{ name: 'company_app', attributes: ['LOGIN'] }],
  copy: null,
  moment: null,
  dependents: { made: [], missing: [], command: null },
  erased: [],
  notes: ['Large objects are not restored with a part of a backup.'],
};

describe('the summary of a restore', () => {
  it('tells what failed first, then what there is, each phase once, and how to go on', () => {
    const lines = restoreText(REPORT, ['waited for a lock'], PLAIN_PAGE);
    expect(lines[0]).toMatch(/^ {2}failed .*table public\..*orders: its rows could not be loaded$/);
    expect(lines[1]).toContain('left out');
    const text = lines.join('\n');
    expect(text).toContain('1 table, 1 sequence, 1 foreign key: as backed up; 1 failed; 1 left out');
    expect(text).toMatch(/phases .*rows 5 min 00 s, compare 1 min 00 s\n/);
    expect(text).toContain('tier 1         after 12.0 s: auth');
    expect(text).toContain(`kept as ${REPORT.safetyBackup}`);
    expect(text).toMatch(/weaker +FORCE ROW LEVEL SECURITY on public\.users \(goes\)/);
    expect(text).toMatch(/goes +column public\.users\.note/);
    expect(text).toMatch(/next .*--resume/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may get to a terminal
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('tells what the interrupted run had compared', () => {
    const totals = { ...REPORT.totals, differing: 0, skipped: 0 };
    const lines = restoreText({ ...REPORT, totals, items: [], comparedBefore: 2 }, [], PLAIN_PAGE);
    expect(lines.join('\n')).toMatch(
      /compared +2 tables: as backed up when the interrupted run compared them\n/,
    );
  });

  it('fits a terminal of 80 columns', () => {
    const page = pageOf({ isTTY: true, columns: 80, write: () => {} }, { NO_COLOR: '1' });
    for (const line of restoreText(REPORT, [], page)) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

it('names twenty of three hundred things, and counts the others', () => {
  const kept = Array.from({ length: 300 }, (_, at) => `function app.f${at}`);
  const report = { ...REPORT, kept, dependents: { made: kept, missing: [], command: null } };
  const text = restoreText(report, [], PLAIN_PAGE).join('\n');
  expect(text).toContain('function app.f19 and 280 more: --json has them all');
  expect(text).not.toContain('function app.f20');
});
