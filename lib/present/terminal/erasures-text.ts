import type { EraseReport } from '../../engine/erase/add-erasure.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatCount, formatTime } from './units.ts';

export function addedText({ added, unreadable }: EraseReport, { paint }: Page): string[] {
  return [
    ...added.map(({ source, object, table, key, rows }) => {
      const what = `${countOf(rows, 'row')} of ${printable(table)}, by ${printable(key.join(', '))}`;
      return object === null
        ? `${paint.bold(source)}: ${what}: on the list already.`
        : `${paint.bold(source)}: ${what}: now on the list.`;
    }),
    'A restore leaves them out from now on. Nothing was deleted: delete the rows in the database.',
    ...unreadable.map(
      ({ name, problem }) => `${paint.yellow('note:')} ${name} was not searched: ${printable(problem ?? '')}`,
    ),
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
