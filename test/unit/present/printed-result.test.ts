import { describe, expect, it } from 'vitest';
import type { ResultColumn } from '../../../lib/engine/browse/query/query.ts';
import { CsvResult } from '../../../lib/present/csv/csv-result.ts';
import { JsonResult } from '../../../lib/present/json/json-result.ts';
import type { PrintedResult } from '../../../lib/present/printed-result.ts';
import { PLAIN_PAGE } from '../../../lib/present/terminal/page.ts';
import { TableResult } from '../../../lib/present/terminal/table-result.ts';

const column = (name: string, type = 25): ResultColumn => ({ name, type });

function printed(
  make: (print: (text: string) => void) => PrintedResult,
  columns: readonly ResultColumn[] | undefined,
  rows: ReadonlyArray<ReadonlyArray<string | null>>,
  tag = `SELECT ${rows.length}`,
): string {
  let text = '';
  const result = make((piece) => {
    text += piece;
  });
  if (columns) result.columns(columns);
  for (const row of rows) result.row(row);
  result.end(tag);
  return text;
}

describe('CSV', () => {
  const csv = (rows: Array<Array<string | null>>) =>
    printed((print) => new CsvResult(print), [column('a'), column('b "c"')], rows);

  it('tells nothing from an empty text, and quotes what has to be quoted', () => {
    expect(
      csv([
        [null, ''],
        ['1,2', 'say "x"'],
        ['two\nlines', '\\.'],
        ['ü', ' '],
      ]),
    ).toBe('a,"b ""c"""\n,""\n"1,2","say ""x"""\n"two\nlines","\\."\nü, \n');
  });

  it('is written in pieces', () => {
    const pieces: string[] = [];
    const result = new CsvResult((text) => pieces.push(text));
    for (let n = 0; n < 10_000; n += 1) result.row(['x'.repeat(50)]);
    result.end();
    expect(pieces.join('')).toHaveLength(510_000);
    expect(pieces.length).toBeLessThan(20);
  });
});

describe('JSON', () => {
  const json = (columns: readonly ResultColumn[], rows: Array<Array<string | null>>) =>
    printed((print) => new JsonResult(print), columns, rows);

  it('keeps every digit, and says in words what no number of JSON is', () => {
    const columns = [
      column('big', 20),
      column('exact', 1700),
      column('float', 701),
      column('yes', 16),
      column('doc', 3802),
    ];
    const text = json(columns, [
      ['9007199254740993', '0.10', 'NaN', 't', '{"a": [1]}'],
      [null, '-1e+5', 'Infinity', 'f', 'null'],
    ]);
    expect(text).toBe(
      '[\n{"big":9007199254740993,"exact":0.10,"float":"NaN","yes":true,"doc":{"a": [1]}},\n' +
        '{"big":null,"exact":-1e+5,"float":"Infinity","yes":false,"doc":null}\n]\n',
    );
    expect(JSON.parse(text)).toHaveLength(2);
  });

  it('is an array of no object, too; and calls two columns of one name by two', () => {
    expect(json([column('a')], [])).toBe('[]\n');
    expect(JSON.parse(json([column('id'), column('id'), column('"x')], [['1', '2', '3']]))).toEqual([
      { id: '1', id_2: '2', '"x': '3' },
    ]);
  });

  it('keeps a document of several lines on one', () => {
    expect(json([column('doc', 114)], [['{\n  "a": "x\\ny"\n}']]).split('\n')).toHaveLength(4);
  });
});

describe('a table', () => {
  const table = (
    columns: readonly ResultColumn[] | undefined,
    rows: Array<Array<string | null>>,
    width?: number,
    tag?: string,
  ) => printed((print) => new TableResult(print, { ...PLAIN_PAGE, columns: width }), columns, rows, tag);

  it('aligns numbers, shows NULL, and counts', () => {
    expect(
      table(
        [column('id', 23), column('name')],
        [
          ['1', 'a'],
          ['12', null],
        ],
      ),
    ).toBe('id  name\n 1  a\n12  NULL\n\n2 rows.\n');
    expect(table([column('id')], [])).toBe('id\n\n0 rows.\n');
  });

  it('cuts what is too long for the page, and lets nothing move the cursor', () => {
    const text = table(
      [column('id', 23), column('note')],
      [
        ['1', `${'x'.repeat(200)}`],
        ['2', '\u001b[2J\n'],
      ],
      40,
    );
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(text).toContain('\\x1b[2J↵');
  });

  it('gives each row lines of its own where the columns do not fit', () => {
    const columns = Array.from({ length: 8 }, (_, index) => column(`column_${index}`));
    const text = table(columns, [['a', '', null, 'd', 'e', 'f', 'g', 'h'], Array(8).fill('z')], 80);
    expect(text).toContain("row 1\n  column_0  a\n  column_1  ''\n  column_2  NULL\n");
    expect(text).toContain('\n\nrow 2\n');
  });

  it('shows the command’s own word where there are no rows to show', () => {
    expect(table(undefined, [], undefined, 'SET')).toBe('SET\n');
  });

  it('is not held in memory without end', () => {
    const rows = Array.from({ length: 10_001 }, (_, n) => [String(n)]);
    const text = table([column('n', 23)], rows);
    expect(text).toContain(
      '10,001 rows, of which the first 10,000 are shown. Use --format csv or json to get all of them.',
    );
    expect(text).not.toContain('10000\n');
  });
});
