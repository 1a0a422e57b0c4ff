import { nameOfBackup } from '../../engine/archive/vault.ts';
import type { VerificationReport } from '../../engine/verify.ts';
import { type Fact, factLines } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatBytes, formatCount, formatDuration } from './units.ts';

const MEANINGS = {
  intact: 'every object is what was written',
  damaged: 'not every object is what was written: do not count on this backup',
  unreadable: 'the vault did not hand out every object: nothing is known of the rest',
} as const;

export function verificationText(report: VerificationReport, page: Page): string[] {
  const { paint } = page;
  const { verdict, totals, items, notes, place, durationMs } = report;
  const wrong = items.filter((item) => item.verdict !== 'match');
  return [
    ...(wrong.length === 0
      ? []
      : [
          ...factLines(
            wrong.map(
              (item): Fact => [item.verdict, printable(`${item.kind} ${item.name} ${item.problem ?? ''}`)],
            ),
            page,
          ),
          '',
        ]),
    `${paint.bold(nameOfBackup(place))}: ${(verdict === 'intact' ? paint.green : paint.red)(verdict)}, ${MEANINGS[verdict]}.`,
    ...factLines(
      [
        [
          'read',
          `${formatBytes(totals.readBytes)} in ${countOf(totals.objects, 'object')}, ${formatDuration(durationMs)}`,
        ],
        [
          'holds',
          `${formatCount(totals.rows)} rows in ${countOf(totals.tables, 'table')}, ${formatBytes(totals.rawBytes)}`,
        ],
        [
          'wrong',
          wrong.length === 0 ? undefined : `${totals.damaged} damaged, ${totals.unreadable} unreadable`,
        ],
        ...notes.map((note): Fact => ['note', printable(note)]),
      ],
      page,
    ),
  ];
}
