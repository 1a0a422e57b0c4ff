import type { Page } from './page.ts';
import { cutTo, displayWidth } from './printable.ts';

export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly cell: (row: Row) => string;
  /** Applied after padding, so that colours never count as width. */
  readonly paint?: (text: string, row: Row) => string;
  /** On a narrow page columns are left out, the lowest number first. @default - never left out */
  readonly dropOrder?: number;
  /** Cells may be cut, with `…`, once no more columns can be left out: names may have any length. */
  readonly mayCut?: boolean;
}

const GAPS = [2, 1] as const;

/** Renders a table, titles first. On a narrow page gaps shrink, then less needed columns are left out. */
export function renderTable<Row>(
  columns: ReadonlyArray<Column<Row>>,
  rows: readonly Row[],
  page: Page,
): string[] {
  const { shown, gap } = fitColumns(
    columns.map((column) => measure(column, rows)),
    page.columns,
  );
  const between = ' '.repeat(gap);
  const line = (parts: readonly string[]) => parts.join(between).trimEnd();
  return [
    line(shown.map(({ column, width }) => page.paint.dim(pad(column.title, width, column.align)))),
    ...rows.map((row, index) =>
      line(
        shown.map(({ column, width, cells }) => {
          const text = pad(cells[index] ?? '', width, column.align);
          return column.paint ? column.paint(text, row) : text;
        }),
      ),
    ),
  ];
}

interface Measured<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
  readonly width: number;
}

function measure<Row>(column: Column<Row>, rows: readonly Row[]): Measured<Row> {
  const cells = rows.map(column.cell);
  const width = cells.reduce(
    (widest, cell) => Math.max(widest, displayWidth(cell)),
    displayWidth(column.title),
  );
  return { column, cells, width };
}

function fitColumns<Row>(
  all: ReadonlyArray<Measured<Row>>,
  available: number | undefined,
): { shown: ReadonlyArray<Measured<Row>>; gap: number } {
  const droppable = all
    .filter(({ column }) => column.dropOrder !== undefined)
    .sort((a, b) => (a.column.dropOrder ?? 0) - (b.column.dropOrder ?? 0));
  for (let dropped = 0; dropped <= droppable.length; dropped += 1) {
    const without = new Set(droppable.slice(0, dropped));
    const shown = all.filter((measured) => !without.has(measured));
    for (const gap of GAPS) {
      const width = shown.reduce((sum, column) => sum + column.width + gap, -gap);
      if (available === undefined || width <= available) return { shown, gap };
    }
  }
  return {
    shown: cutColumns(
      all.filter(({ column }) => column.dropOrder === undefined),
      available ?? 0,
    ),
    gap: 1,
  };
}

/** A name cut shorter than this would be unreadable. */
const LEAST_CUT_COLUMNS = 12;

function cutColumns<Row>(
  columns: ReadonlyArray<Measured<Row>>,
  available: number,
): ReadonlyArray<Measured<Row>> {
  const tooMuch = columns.reduce((sum, { width }) => sum + width + 1, -1) - available;
  return columns.map((measured) => {
    if (!measured.column.mayCut) return measured;
    const width = Math.min(measured.width, Math.max(LEAST_CUT_COLUMNS, measured.width - tooMuch));
    return { ...measured, width, cells: measured.cells.map((cell) => cutTo(cell, width)) };
  });
}
/** Pads to a width in terminal columns; `padEnd` counts UTF-16 units. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const missing = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + missing : missing + text;
}
