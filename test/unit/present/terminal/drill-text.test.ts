import * as v from 'valibot';
import { expect, it } from 'vitest';
import { type DrillReport, reportSchema } from '../../../../lib/engine/archive/drill-report.ts';
import { drillText } from '../../../../lib/present/terminal/drill-text.ts';
import { PLAIN_PAGE } from '../../../../lib/present/terminal/page.ts';

const digest = '0123456789abcdef';

function report(edit: Partial<DrillReport>): DrillReport {
  return v.parse(reportSchema, {
    format: 1,
    verdict: 'proven',
    backup: { retentionClass: 'daily', source: 'shop', backupId: '20261120T020000Z', attempt: 'k3f9aqxz' },
    manifestSha256: 'a'.repeat(64),
    lifeboatVersion: '0.1.0',
    target: { kind: 'embedded', serverVersion: '18.6' },
    startedAt: '2026-11-20T03:00:00Z',
    finishedAt: '2026-11-20T03:00:10Z',
    recoveryTimeMs: 8200,
    durationMs: 10_000,
    phases: [
      { phase: 'open', durationMs: 2100 },
      { phase: 'roles', durationMs: 3 },
    ],
    totals: { tables: 2, rows: 1005, rawBytes: 14_000, matched: 2, differing: 0, skipped: 0 },
    items: [
      { kind: 'table', name: 'public.users', verdict: 'match', rows: 5, digest },
      { kind: 'table', name: 'public.events', verdict: 'match', rows: 1000, digest },
    ],
    catalog: [{ kind: 'index', compared: 12, matched: 12 }],
    notes: [],
    ...edit,
  });
}

it('shows each table, the verdict, and how long it took', () => {
  expect(drillText(report({}), ['waited for a lock'], PLAIN_PAGE)).toEqual([
    'TABLE           ROWS  DIGEST            VERDICT',
    `public.users       5  ${digest}  match`,
    `public.events  1,000  ${digest}  match`,
    '',
    'daily/shop/20261120T020000Z: proven, restored, compared, and equal.',
    '  restored       1,005 rows in 2 tables, 14.0 kB, into PostgreSQL 18.6 (embedded)',
    '  compared       2 match; of the catalog 12 objects',
    '  recovery time  8.2 s; the whole drill 10.0 s',
    '  phases         open 2.1 s',
    '  note           waited for a lock',
  ]);
});

it('shows what differs before what was skipped, with the reasons, and of the rest only what is wrong', () => {
  const lines = drillText(
    report({
      verdict: 'failed',
      items: [
        { kind: 'table', name: 'public.a', verdict: 'skipped', reason: 'sorts differently here', rows: 3 },
        { kind: 'sequence', name: 'public.s', verdict: 'match' },
        { kind: 'foreign-key', name: 'public.b: b_a_fkey', verdict: 'differs', reason: '2 rows\nwithout' },
      ],
      totals: { tables: 1, rows: 3, rawBytes: 10, matched: 1, differing: 1, skipped: 1 },
    }),
    [],
    PLAIN_PAGE,
  );
  expect(lines.slice(0, 7)).toEqual([
    'TABLE     ROWS  DIGEST  VERDICT',
    'public.a     3  -       skipped',
    '',
    '  differs  foreign-key public.b: b_a_fkey: 2 rows\\x0awithout',
    '  skipped  table public.a: sorts differently here',
    '',
    'daily/shop/20261120T020000Z: failed, the restored database differs from what was backed up.',
  ]);
  expect(lines).toContain('  compared       1 match, 1 differ, 1 skipped; of the catalog 12 objects');
});
