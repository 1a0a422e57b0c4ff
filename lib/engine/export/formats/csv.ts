import type { Row } from '../rows-of-copy-text.ts';
import type { ExportColumn } from '../value-type.ts';
import type { CsvOptions, FormatNotes } from './format-options.ts';

const BOM = '\uFEFF';
/** RFC 4180, 2.1. */
const LINE_END = '\r\n';
/** The first characters of a formula (OWASP, "CSV Injection"), with those of full width that some spreadsheets take for them. */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * Writes CSV as RFC 4180 says, in UTF-8, with a header. NULL and an empty text differ: the one is a field without quotes, the
 * other is two quotes. PostgreSQL reads it with `COPY … FROM … (FORMAT csv, HEADER)`.
 */
export async function* csv(
  columns: readonly ExportColumn[],
  batches: AsyncIterable<readonly Row[]>,
  { nullText = '', bom = false, delimiter = ',', escapeFormulas = false }: CsvOptions,
  notes: FormatNotes,
): AsyncGenerator<Buffer> {
  const needsQuotes = new RegExp(`["\\r\\n${escaped(delimiter)}]`);
  const isText = columns.map(({ value }) => value.kind === 'text' || value.kind === 'json');
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const field = (value: string) =>
    value === '' || value === nullText || value === '\\.' || needsQuotes.test(value) ? quoted(value) : value;
  const text = (value: string) => {
    if (!FORMULA.test(value)) return field(value);
    notes.formulas += 1;
    return field(escapeFormulas ? `'${value}` : value);
  };
  const isAlone = columns.length === 1 && nullText === '';
  const cell = (value: string | null, index: number) => {
    if (value !== null) return isText[index] ? text(value) : field(value);
    if (isAlone) notes.emptyLines += 1;
    return nullText;
  };
  // A query may give any name to a column.
  const header = columns.map(({ name }) => text(name)).join(delimiter);
  yield Buffer.from(`${bom ? BOM : ''}${header}${LINE_END}`);
  for await (const rows of batches) {
    let lines = '';
    for (const row of rows) lines += `${row.map(cell).join(delimiter)}${LINE_END}`;
    yield Buffer.from(lines);
  }
}

function escaped(character: string): string {
  return character.replace(/[\\\]^-]/g, '\\$&');
}
