import type { RefreshPlan, RefreshReport } from '../../engine/refresh/refresh-request.ts';
import { factLines } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatBytes, formatDuration } from './units.ts';
import { labelled, wrap } from './wrap.ts';

/** So many problems fit on a screen. */
const MOST_NAMED = 20;

/** What a refresh will do, before anybody agrees to it. */
export function refreshPlanText(plan: RefreshPlan, page: Page): string[] {
  const { tables, columns, exists, intoExisting, database, largeObjects } = plan;
  const how = intoExisting
    ? `its content is replaced in place; what is in it now is lost`
    : exists
      ? 'a new database is made beside it, and takes its place when all is checked; sessions are ended then'
      : 'it is created';
  return [
    `Refresh ${printable(plan.display)}:`,
    ...factLines(
      [
        ['backup', `${printable(plan.backup)}, which shows ${plan.takenAt}`],
        ['database', `${printable(database)}: ${how}`],
        ['rows', `${plan.rows.toLocaleString('en')} (${formatBytes(plan.rawBytes)})`],
        ['masked', `${countOf(columns.masked, 'column')} of ${countOf(tables.masked, 'table')}`],
        [
          'as they are',
          `${countOf(columns.kept, 'column')}, and all of ${countOf(tables.unchanged, 'table')}`,
        ],
        [
          'without rows',
          tables.excluded.length === 0 ? undefined : tables.excluded.map(printable).join(', '),
        ],
        ['large objects', largeObjects === 'none' ? undefined : largeObjects],
      ],
      page,
    ),
    ...plan.notes.flatMap((note) => labelled('note: ', printable(note), page.columns)),
  ];
}

/** How a refresh came out. */
export function refreshText(report: RefreshReport, page: Page): string[] {
  const { outcome, scan, restore, plan, former } = report;
  const leaks = scan.findings.filter(({ isChance }) => !isChance);
  const chances = scan.findings.filter(({ isChance }) => isChance);
  const problems = restore.items.filter(({ verdict }) => verdict === 'differs');
  const isFine = outcome === 'refreshed';
  const head = isFine
    ? page.paint.green(
        `${printable(report.display)} shows ${printable(report.backup)}, masked, after ${formatDuration(report.durationMs)}.`,
      )
    : page.paint.red(
        plan.intoExisting
          ? `${printable(report.display)} was filled, but must not be used as it is.`
          : `${printable(report.display)} was not refreshed, and is as it was.`,
      );
  const lines = [
    head,
    `Compared: ${countOf(restore.totals.matched, 'table and sequence', 'tables and sequences')} by row counts and by what is not masked.`,
    `Looked for ${countOf(scan.samples, 'original value')} of ${countOf(scan.columns, 'masked column')} in every text: ${leaks.length === 0 ? 'none is there.' : 'some are there.'}`,
    ...leaks
      .slice(0, MOST_NAMED)
      .map(({ where, of, rows }) =>
        page.paint.red(
          `leak: ${printable(where)} holds values of ${of.map(printable).join(', ')} in ${countOf(rows, 'row')}`,
        ),
      ),
    ...(leaks.length > 0
      ? [
          'Mask these columns as well. If such a value may be seen there, add the column to "mayHold" of the masks file.',
        ]
      : []),
    ...problems
      .slice(0, MOST_NAMED)
      .map(({ kind, name, reason = '' }) =>
        page.paint.red(`differs: ${kind} ${printable(name)}: ${printable(reason)}`),
      ),
    ...chances.map(
      ({ where, rows }) =>
        `${printable(where)}: ${countOf(rows, 'made-up value')} ${rows === 1 ? 'equals a real one' : 'equal real ones'} by chance.`,
    ),
    ...(former === null ? [] : [`The former database is ${printable(former)}, until the next refresh.`]),
    ...[...plan.notes, ...report.notes].map((note) => `note: ${printable(note)}`),
  ];
  return lines.flatMap((line) => wrap(line, page.columns));
}
