import type { EraseReport } from '../../engine/erase/add-erasure.ts';
import { heirsText } from './find-text.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatCount, formatTime } from './units.ts';

export function addedText(
  { added, unreadable, heirs, withoutTable }: EraseReport,
  table: string,
  page: Page,
): string[] {
  const { paint } = page;
  return [
    ...added.map(({ source, object, table: called, key, rows }) => {
      const what = `${countOf(rows, 'row')} of ${printable(called)}, by ${printable(key.join(', '))}`;
      return object === null
        ? `${paint.bold(source)}: ${what}: on the list already.`
        : `${paint.bold(source)}: ${what}: now on the list.`;
    }),
    'A restore leaves them out from now on. Nothing was deleted: delete the rows in the database.',
    ...unreadable.map(
      ({ name, problem }) => `${paint.yellow('note:')} ${name} was not searched: ${printable(problem ?? '')}`,
    ),
    ...(withoutTable.length === 0
      ? []
      : [
          `${paint.yellow('note:')} ${countOf(withoutTable.length, 'backup')} ${withoutTable.length === 1 ? 'has' : 'have'} no table ${printable(table)}, or no such column. If they had another name then, add the rows by that name, too: ${withoutTable.slice(0, 3).join(', ')}${withoutTable.length > 3 ? ' …' : ''}`,
        ]),
    ...heirsText(heirs, table, page),
  ];
}

export interface ShownErasure {
  readonly source: string;
  readonly table: string;
  readonly rows: number;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

export function erasuresText(erasures: readonly ShownErasure[], vault: string, page: Page): string[] {
  if (erasures.length === 0) return [`${printable(vault)} has no list of erasures.`];
  const columns: Array<Column<ShownErasure>> = [
    { title: 'SOURCE', cell: ({ source }) => printable(source) },
    { title: 'TABLE', cell: ({ table }) => printable(table) },
    { title: 'ROWS', align: 'right', cell: ({ rows }) => formatCount(rows) },
    { title: 'SINCE (UTC)', cell: ({ at }) => formatTime(new Date(at)), dropOrder: 1 },
    { title: 'BY', cell: ({ by }) => printable(by), mayCut: true },
    { title: 'REASON', cell: ({ reason }) => printable(reason), mayCut: true },
  ];
  return renderTable(columns, erasures, page);
}
