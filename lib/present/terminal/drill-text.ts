import type { DrillReport, ReportItem } from '../../engine/archive/drill-report.ts';
import { factLines, type LabelledFact } from './facts.ts';
import type { Page } from './page.ts';
import { phasesText } from './phases-text.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatBytes, formatCount, formatDuration } from './units.ts';

const MEANINGS = {
  proven: 'restored, compared, and equal',
  'proven with skips':
    'everything that could be compared is equal; the rest is listed above, with the reason',
  failed: 'the restored database differs from what was backed up',
} as const;

/** So many tables fit on one screen with the rest of the summary. */
const MOST_TABLES = 15;

/** Prints a drill's report for people: first the tables, then all that does not match, the verdict last. */
export function drillText(report: DrillReport, notices: readonly string[], page: Page): string[] {
  const { paint } = page;
  const { backup, verdict, items, totals, target } = report;
  const tables = items.filter(({ kind }) => kind === 'table');
  const others = items.filter(({ kind, verdict }) => kind !== 'table' && verdict !== 'match');
  // What cron mails is one screen. Whatever is wrong is shown in any case.
  const isLong = !page.isTerminal && tables.length > MOST_TABLES && verdict !== 'failed';
  const colour = verdict === 'failed' ? paint.red : verdict === 'proven' ? paint.green : paint.yellow;
  return [
    ...(tables.length > 0 && !isLong ? [...renderTable(tableColumns(page), tables, page), ''] : []),
    ...reasons([...tables.filter(({ verdict }) => verdict !== 'match'), ...others], page),
    `${paint.bold(`${backup.retentionClass}/${backup.source}/${backup.backupId}`)}: ${paint.bold(colour(verdict))}, ${MEANINGS[verdict]}.`,
    ...factLines(
      [
        [
          'restored',
          `${formatCount(totals.rows)} rows in ${countOf(totals.tables, 'table')}, ${formatBytes(totals.rawBytes)}, into PostgreSQL ${printable(target.serverVersion)} (${target.kind})`,
        ],
        ['compared', comparedText(report)],
        [
          'tables',
          isLong
            ? `${countOf(tables.length, 'table')}: --report <file> and --json have each of them`
            : undefined,
        ],
        [
          'recovery time',
          `${formatDuration(report.recoveryTimeMs)}; the whole drill ${formatDuration(report.durationMs)}`,
        ],
        ['phases', phasesText(report.phases)],
        ...report.notes.map((note): LabelledFact => ['note', printable(note)]),
        ...notices.map((notice): LabelledFact => ['note', notice]),
      ],
      page,
    ),
  ];
}

function comparedText({ totals, catalog }: DrillReport): string {
  const objects = catalog.reduce((sum, { compared }) => sum + compared, 0);
  const parts = [
    `${formatCount(totals.matched)} match`,
    ...(totals.differing > 0 ? [`${formatCount(totals.differing)} differ`] : []),
    ...(totals.skipped > 0 ? [`${formatCount(totals.skipped)} skipped`] : []),
  ];
  return `${parts.join(', ')}${objects > 0 ? `; of the catalog ${countOf(objects, 'object')}` : ''}`;
}

function reasons(items: readonly ReportItem[], page: Page): string[] {
  if (items.length === 0) return [];
  // Differences come first, because people must see them; skipped items follow.
  const sorted = [...items].sort((a, b) => rank(a) - rank(b));
  return [
    ...factLines(
      sorted.map(
        ({ kind, name, verdict, reason = '' }): LabelledFact => [
          verdict,
          printable(`${kind} ${name}: ${reason}`),
        ],
      ),
      page,
    ),
    '',
  ];
}

function rank({ verdict }: ReportItem): number {
  return verdict === 'differs' ? 0 : 1;
}

function tableColumns({ paint }: Page): ReadonlyArray<Column<ReportItem>> {
  const colours = { match: paint.green, differs: paint.red, skipped: paint.yellow };
  return [
    { title: 'TABLE', cell: ({ name }) => printable(name), mayCut: true },
    { title: 'ROWS', align: 'right', cell: ({ rows }) => (rows === undefined ? '-' : formatCount(rows)) },
    { title: 'DIGEST', cell: ({ digest }) => digest ?? '-' },
    {
      title: 'VERDICT',
      cell: ({ verdict }) => verdict,
      paint: (text, { verdict }) => colours[verdict](text),
    },
  ];
}
