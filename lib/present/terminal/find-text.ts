import type { FollowedRows } from '../../engine/erase/follow-found.ts';
import { type FindReport, type FoundIn, heirsIn, lastExpiry } from '../../engine/search/find-rows.ts';
import type { FoundInChanges } from '../../engine/search/search-changes.ts';
import { expiryOf } from '../json/expiry.ts';
import { expiryColumn, expiryLegend } from './expiry-text.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatBytes, formatCount } from './units.ts';

export interface FindTextParts {
  readonly report: FindReport;
  readonly table: string;
  readonly vault: string;
  /** Of `--follow`. */
  readonly followed?: readonly FollowedRows[];
  /** Where the rows were exported to. */
  readonly exported?: readonly string[];
}

const STATES: Readonly<Record<FoundIn['state'], string>> = {
  searched: '',
  'no-table': 'no such table',
  'no-column': 'no such column',
  'no-rows': 'its rows are not in it',
  unreadable: 'cannot be read',
};

/** In which backups the rows are, and the day on which the last of them will be gone. */
export function findText({ report, table, vault, exported, followed }: FindTextParts, page: Page): string[] {
  const { backups, searchedBytes, reusedBytes, changes, changesOf, intervals } = report;
  const holding = backups.filter(({ rows }) => rows > 0);
  const unreadable = backups.filter(({ state }) => state === 'unreadable');
  const shown = [...holding, ...unreadable].map((one) => ({ ...one, expiry: expiryOf(one.outlook) }));
  const columns: Array<Column<(typeof shown)[number]>> = [
    { title: 'BACKUP', cell: ({ name }) => printable(name) },
    { title: 'SHOWS', cell: ({ takenAt }) => takenAt?.replace(/\.\d+Z$/, 'Z') ?? '-', dropOrder: 1 },
    {
      title: 'ROWS',
      align: 'right',
      cell: ({ rows, state }) => (state === 'searched' ? formatCount(rows) : STATES[state]),
    },
    ...expiryColumn(page, shown),
  ];
  const { bold, yellow } = page.paint;
  return [
    `${bold(printable(table))}: in ${formatCount(holding.length)} of ${countOf(backups.length, 'backup')} of ${printable(vault)}.`,
    ...(shown.length === 0
      ? []
      : ['', ...renderTable(columns, shown, page), '', ...expiryLegend(shown, page)]),
    ...lastText(backups),
    ...changes.flatMap((one) => changesText(one, page)),
    ...unreadable.map(({ name, problem }) => `${yellow('note:')} ${name} was not searched: ${problem ?? ''}`),
    ...notThereText(backups, table, page),
    ...heirsText(heirsIn(backups), table, page),
    ...(followed ?? []).flatMap(followedText),
    ...changesOf.map(
      (source) =>
        `${yellow('note:')} captured changes of ${source}${spanOf(intervals.filter((one) => one.source === source))} were not searched, because only a server can tell whether this condition is true: they hold rows, too, until they expire (docs/point-in-time.md). Conditions like "id = 42" are looked for in them.`,
    ),
    ...(exported ?? []).map((place) => `exported: ${printable(place)}`),
    `Searched ${formatBytes(searchedBytes)} of rows; ${formatBytes(reusedBytes)} were equal to what was searched before.`,
  ];
}

/** The day on which the last backup expires says nothing of changes. */
function changesText(
  { source, epoch, changes, first, last, problem }: FoundInChanges,
  { paint }: Page,
): string[] {
  const named = `captured changes of ${source}, epoch ${epoch}`;
  return [
    ...(changes === 0
      ? []
      : [
          `${paint.yellow('note:')} ${named}, hold such a row in ${countOf(changes, 'change')}, from ${first} to ${last}. They expire by rules of their own (docs/point-in-time.md).`,
        ]),
    ...(problem === null
      ? []
      : [`${paint.yellow('note:')} ${named}, could not be searched to their end: ${printable(problem)}`]),
  ];
}

/** Where the table has another name, the rows are all the same. */
function notThereText(backups: readonly FoundIn[], table: string, { paint }: Page): string[] {
  const without = (state: FoundIn['state']) => backups.filter((one) => one.state === state);
  const [noTable, noRows, noColumn] = [without('no-table'), without('no-rows'), without('no-column')];
  const some = (of: readonly FoundIn[]) =>
    `${countOf(of.length, 'backup')} (${of
      .slice(0, 3)
      .map(({ name }) => name)
      .join(', ')}${of.length > 3 ? ' …' : ''})`;
  return [
    ...(noTable.length === 0
      ? []
      : [
          `${paint.yellow('note:')} ${some(noTable)} ${noTable.length === 1 ? 'has' : 'have'} no table ${printable(table)}. If it had another name then, search it by that name, too.`,
        ]),
    ...(noColumn.length === 0
      ? []
      : [
          `${paint.yellow('note:')} ${some(noColumn)} ${noColumn.length === 1 ? 'was' : 'were'} not searched: ${printable(noColumn[0]?.problem ?? '')} If it had another name then, or was not there yet, search ${noColumn.length === 1 ? 'it' : 'them'} by another column, too.`,
        ]),
    ...(noRows.length === 0
      ? []
      : [
          `${paint.yellow('note:')} ${some(noRows)} ${noRows.length === 1 ? 'leaves' : 'leave'} the rows of ${printable(table)} out.`,
        ]),
  ];
}

/** A query on the table would show their rows. */
export function heirsText(heirs: readonly string[], table: string, { paint }: Page): string[] {
  if (heirs.length === 0) return [];
  return [
    `${paint.yellow('note:')} ${heirs.map(printable).join(', ')} ${heirs.length === 1 ? 'inherits' : 'inherit'} from ${printable(table)}, and ${heirs.length === 1 ? 'was' : 'were'} not searched: name ${heirs.length === 1 ? 'it' : 'each'} with --table.`,
  ];
}

function followedText({ name, tables, notFollowed }: FollowedRows): string[] {
  const counts = tables.map(({ table, rows }) => `${printable(table)} ${formatCount(rows)}`);
  return [
    `with rows that refer to them, in ${name}: ${counts.join(', ') || 'none'}`,
    ...(notFollowed.length > 0
      ? [
          `not followed, because equal values may be printed in several ways: ${notFollowed.map(printable).join(', ')}`,
        ]
      : []),
  ];
}

/** ` from … to …` */
function spanOf(intervals: FindReport['intervals']): string {
  const spans = intervals.map(({ from, to }) => `${from ? `from ${from.time} ` : ''}to ${to.time}`);
  return spans.length > 0 ? `, ${spans.join(' and ')},` : '';
}

function lastText(backups: readonly FoundIn[]): string[] {
  const last = lastExpiry(backups);
  if (last === undefined) return ['No backup that was searched holds such a row.'];
  if ('at' in last) return [`The last of them expires on ${last.at.toISOString().slice(0, 10)}.`];
  const names = last.kept.slice(0, 5).map(({ name }) => name);
  const others = last.kept.length - names.length;
  return [
    `No day can be told on which the last of them expires: ${names.join(', ')}${others > 0 ? ` and ${others} more` : ''} stay${last.kept.length === 1 ? 's' : ''}, or nobody knows.`,
  ];
}
