import type { ResultColumn } from '../../engine/browse/query/query.ts';
import type { PrintedResult } from '../printed-result.ts';
import { factLines } from './facts.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { type Column, renderTable } from './table.ts';
import { countOf, formatCount } from './units.ts';

type Row = ReadonlyArray<string | null>;

/** Nobody reads more in a terminal, and a table must be held in memory to its end to be laid out. */
const MOST_ROWS = 10_000;
/** Narrower columns would be unreadable: then each row is printed as a block of lines. */
const LEAST_COLUMNS_PER_FIELD = 12;
const BREAKS: Readonly<Record<string, string>> = { '\r\n': '↵', '\n': '↵', '\r': '↵', '\t': '→' };
const NUMERIC_TYPES = new Set([20, 21, 23, 26, 700, 701, 790, 1700]);

/** Prints a table for people, or a block of lines for each row if the table would be too wide. */
export class TableResult implements PrintedResult {
  readonly #print: (text: string) => void;
  readonly #page: Page;
  #columns: readonly ResultColumn[] | undefined;
  readonly #rows: Row[] = [];
  #count = 0;

  constructor(print: (text: string) => void, page: Page) {
    this.#print = print;
    this.#page = page;
  }

  columns(columns: readonly ResultColumn[]): void {
    this.#columns = columns;
  }

  row(values: Row): void {
    this.#count += 1;
    if (this.#rows.length < MOST_ROWS) this.#rows.push(values);
  }

  end(tag: string): void {
    const lines = this.#columns ? [...this.#lines(this.#columns), '', this.#summary()] : [tag];
    this.#print(`${lines.join('\n')}\n`);
  }

  #lines(columns: readonly ResultColumn[]): string[] {
    const { columns: width } = this.#page;
    const isTooWide = width !== undefined && columns.length * (LEAST_COLUMNS_PER_FIELD + 1) - 1 > width;
    return isTooWide
      ? this.#blocks(columns)
      : renderTable(columns.map(tableColumn(this.#page)), this.#rows, this.#page);
  }

  #blocks(columns: readonly ResultColumn[]): string[] {
    return this.#rows.flatMap((row, index) => [
      ...(index === 0 ? [] : ['']),
      this.#page.paint.bold(`row ${formatCount(index + 1)}`),
      ...factLines(
        // factLines leaves out facts without a text, but here an empty text is a value.
        columns.map(({ name }, position) => [printable(name), textOf(row[position] ?? null) || "''"]),
        this.#page,
      ),
    ]);
  }

  #summary(): string {
    const rows = countOf(this.#count, 'row');
    if (this.#count <= MOST_ROWS) return `${rows}.`;
    return `${rows}, of which the first ${formatCount(MOST_ROWS)} are shown. Use --format csv or json to get all of them.`;
  }
}

function tableColumn({ paint }: Page): (column: ResultColumn, position: number) => Column<Row> {
  return ({ name, type }, position) => ({
    title: printable(name),
    align: NUMERIC_TYPES.has(type) ? 'right' : 'left',
    cell: (row) => textOf(row[position] ?? null),
    paint: (text, row) => (row[position] === null ? paint.dim(text) : text),
    mayCut: true,
  });
}

function textOf(value: string | null): string {
  // A cell has one line. CSV and JSON show a value of several lines exactly.
  return value === null
    ? 'NULL'
    : printable(value.replace(/\r\n|[\n\r\t]/g, (character) => BREAKS[character] ?? ''));
}
