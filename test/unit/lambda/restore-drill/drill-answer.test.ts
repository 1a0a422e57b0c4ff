import { describe, expect, it } from 'vitest';
import { drillAnswer, drillFailed } from '../../../../lambda/restore-drill/drill-answer.ts';
import type { DrillReport, ReportItem } from '../../../../lib/engine/archive/drill-report.ts';

function reportWith(items: ReportItem[]): DrillReport {
  const count = (verdict: ReportItem['verdict']) => items.filter((item) => item.verdict === verdict).length;
  return {
    format: 1,
    verdict: count('differs') > 0 ? 'failed' : 'proven',
    backup: { retentionClass: 'daily', source: 'app', backupId: '20261120T020000Z', attempt: 'k3f9aqxz' },
    manifestSha256: 'a'.repeat(64),
    lifeboatVersion: '0.1.0',
    target: { kind: 'embedded', serverVersion: '18.6' },
    startedAt: '2026-11-20T05:00:00.000Z',
    finishedAt: '2026-11-20T05:01:00.000Z',
    recoveryTimeMs: 30_500,
    durationMs: 60_000,
    phases: [],
    totals: {
      ...{ tables: 2, rows: 10, rawBytes: 100 },
      ...{ matched: count('match'), differing: count('differs'), skipped: count('skipped') },
    },
    items,
    catalog: [],
    notes: [],
  };
}

const differing = (count: number): ReportItem[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{
      kind: 'table' as const,
      name: `public.t${index}`,
      verdict: 'differs' as const,
      reason: '3 rows, not 4',
    },
  }));

describe('the answer of a drill', () => {
  it('says what it proved, how long that took, and what it could not prove', () => {
    const skipped: ReportItem = {
      kind: 'statement',
      name: 'x',
      verdict: 'skipped',
      reason: 'no such library',
    };
    expect(drillAnswer(reportWith([{ kind: 'table', name: 'public.t', verdict: 'match' }, skipped]))).toEqual(
      {
        verdict: 'proven',
        backup: 'daily/app/20261120T020000Z',
        recoveryTimeSeconds: 30.5,
        durationSeconds: 60,
        ...{ tables: 2, rows: 10, rawBytes: 100, matched: 1, differing: 0, skipped: 1 },
        differences: [],
        skips: [{ item: 'statement x', reason: 'no such library' }],
        notes: [],
      },
    );
  });

  it('stays small when everything differs', () => {
    expect(drillAnswer(reportWith(differing(100_000))).differences).toHaveLength(50);
    expect(drillFailed(reportWith(differing(100_000))).message.length).toBeLessThan(1000);
  });

  it('as an error names the first differences, and counts all', () => {
    expect(drillFailed(reportWith(differing(7)))).toMatchObject({
      code: 'drill-failed',
      what: expect.stringMatching(/in 7 items: table public\.t0 \(3 rows, not 4\); .*; and 2 more\.$/),
    });
  });
});
