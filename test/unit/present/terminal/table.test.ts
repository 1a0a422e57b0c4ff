import { describe, expect, it } from 'vitest';
import { type Page, PLAIN_PAGE } from '../../../../lib/present/terminal/page.ts';
import { displayWidth } from '../../../../lib/present/terminal/printable.ts';
import { type Column, renderTable } from '../../../../lib/present/terminal/table.ts';

interface Row {
  readonly name: string;
  readonly rows: string;
  readonly time: string;
}

const columns: ReadonlyArray<Column<Row>> = [
  { title: 'TIME', cell: ({ time }) => time, dropOrder: 1 },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'ROWS', align: 'right', cell: ({ rows }) => rows },
];
const rows: readonly Row[] = [
  { name: 'orders', rows: '120,000', time: '02:00' },
  { name: '注文', rows: '7', time: '03:00' },
];
const pageOfWidth = (width: number): Page => ({ ...PLAIN_PAGE, isTerminal: true, columns: width });

describe('renderTable', () => {
  it('aligns columns by the width that a terminal shows', () => {
    expect(renderTable(columns, rows, PLAIN_PAGE)).toEqual([
      'TIME   NAME       ROWS',
      '02:00  orders  120,000',
      '03:00  注文          7',
    ]);
  });

  it('moves columns together first, then leaves out what can be spared', () => {
    expect(renderTable(columns, rows, pageOfWidth(20))[1]).toBe('02:00 orders 120,000');
    expect(renderTable(columns, rows, pageOfWidth(19))[1]).toBe('orders  120,000');
    expect(renderTable(columns, rows, pageOfWidth(14))[1]).toBe('orders 120,000');
    // Nothing more can be spared.
    expect(renderTable(columns, rows, pageOfWidth(5))[1]).toBe('orders 120,000');
  });

  it('cuts the names that may be cut, when nothing else helps', () => {
    const cuttable = columns.map((column) =>
      column.title === 'NAME' ? { ...column, mayCut: true } : column,
    );
    const long = [{ name: 'a_table_whose_name_goes_on_and_on', rows: '7', time: '' }];
    expect(renderTable(cuttable, long, pageOfWidth(24))).toEqual([
      'NAME                ROWS',
      'a_table_whose_name…    7',
    ]);
    expect(renderTable(cuttable, long, pageOfWidth(3))[1]).toBe('a_table_who…    7');
    expect(renderTable(cuttable, long, PLAIN_PAGE)[1]).toContain('goes_on_and_on');
  });

  it('paints without moving anything', () => {
    const painted: ReadonlyArray<Column<Row>> = [
      { title: 'NAME', cell: ({ name }) => name, paint: (text) => `\u001b[32m${text}\u001b[39m` },
      { title: 'ROWS', cell: ({ rows }) => rows },
    ];
    const widths = renderTable(painted, rows, PLAIN_PAGE).map(displayWidth);
    expect(widths).toEqual([12, 15, 9]);
  });

  it('stands more rows than a call takes arguments', () => {
    const many = Array.from({ length: 200_000 }, (_, index) => ({ name: `t${index}`, rows: '0', time: '' }));
    expect(renderTable(columns, many, PLAIN_PAGE)).toHaveLength(200_001);
  });
});
