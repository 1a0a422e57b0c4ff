import type { ResultColumn } from '../../engine/browse/query/query.ts';
import { type PrintedResult, TextPieces } from '../printed-result.ts';

/** Writes CSV like COPY … (FORMAT csv, HEADER): NULL is an empty field, and an empty text is two quotes. */
export class CsvResult implements PrintedResult {
  readonly #text: TextPieces;

  constructor(print: (text: string) => void) {
    this.#text = new TextPieces(print);
  }

  columns(columns: readonly ResultColumn[]): void {
    this.row(columns.map(({ name }) => name));
  }

  row(values: ReadonlyArray<string | null>): void {
    this.#text.add(`${values.map(field).join(',')}\n`);
  }

  end(): void {
    this.#text.flush();
  }
}

function field(value: string | null): string {
  if (value === null) return '';
  return value === '' || value === '\\.' || /[",\r\n]/.test(value)
    ? `"${value.replaceAll('"', '""')}"`
    : value;
}
