import { expect, it } from 'vitest';
import type { RowsResult } from '../../../../lib/engine/bring-back/bring-back.ts';
import type { Conflict } from '../../../../lib/engine/bring-back/bring-back-report.ts';
import { PLAIN_PAGE } from '../../../../lib/present/terminal/page.ts';
import { rowsText } from '../../../../lib/present/terminal/rows-text.ts';

const conflict = (at: number, of: Partial<Conflict> = {}): Conflict => ({
  table: 'public.users',
  key: { id: String(at) },
  kind: 'missing',
  reason: 'another row has the same values in the unique key users_email_key',
  other: { table: 'public.users', key: { id: '900' } },
  ...of,
});

function textOf(conflicts: readonly Conflict[], counts: Partial<RowsResult> = {}): string {
  const result: RowsResult = {
    outcome: 'refused',
    tables: [],
    conflicts,
    moreConflicts: false,
    conflictCount: conflicts.length,
    conflictsCounted: true,
    triggers: 'off',
    notes: [],
    sequences: [],
    safetyCopy: null,
    safetyCopies: [],
    lockedMs: 5,
    plan: {
      backup: 'daily/shop/20261120T020000Z',
      backupAt: '2026-11-20T02:00:00Z',
      target: { display: 'ada@db:5432/shop', database: 'shop' },
      ofAnotherDatabase: false,
      kinds: ['missing'],
      batchRows: null,
      keepsCopy: true,
      safetyRecipients: [],
      trial: undefined,
    },
    dryRun: true,
    durationMs: 10,
    ...counts,
  };
  return rowsText(result, [], PLAIN_PAGE).join('\n');
}

it('names the other row of a conflict, and its table if that is another', () => {
  const text = textOf([
    conflict(7),
    conflict(8, {
      reason: 'rows of public.orders refer to it (o_fkey)',
      other: { table: 'public.orders', key: { n: '3' } },
    }),
    conflict(9, { reason: 'the check c refuses its values', other: null }),
  ]);
  expect(text).toContain('id=7: another row has the same values in the unique key users_email_key: id=900\n');
  expect(text).toContain('id=8: rows of public.orders refer to it (o_fkey): public.orders n=3\n');
  expect(text).toContain('id=9: the check c refuses its values\n');
  expect(text).not.toContain('more');
});

it('counts the conflicts that it does not list, and says when they are not all', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => conflict(at));
  const all = textOf(hundred, { conflictCount: 350, moreConflicts: true });
  expect(all).toContain('and 330 more; --json lists 100');
  expect(all).toContain('with 350 conflicts');
  const some = textOf(hundred, { conflictCount: 1000, conflictsCounted: false, moreConflicts: true });
  expect(some).toContain('and at least 980 more; --json lists 100');
  expect(some).toContain('with at least 1,000 conflicts');
});
