import { decodeField } from '../copy-text/copy-fields.ts';

/** The values of one row, as PostgreSQL prints them. */
export type Row = ReadonlyArray<string | null>;

const LINE_FEED = 0x0a;
const NULL = '\\N';

/**
 * Yields the rows of COPY text in UTF-8, some at a time. Its pieces may be cut anywhere. `order` says at which place of a
 * line the value of each column is. Holds one piece, or one row if that is longer.
 */
export async function* rowsOfCopyText(
  pieces: AsyncIterable<Uint8Array>,
  order: readonly number[],
): AsyncGenerator<Row[]> {
  const asItComes = order.every((place, index) => place === index);
  let open: Buffer[] = [];
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    const end = bytes.lastIndexOf(LINE_FEED);
    if (end === -1) {
      // A copy: a piece is valid until the next one.
      open.push(Buffer.from(bytes));
      continue;
    }
    const whole =
      open.length === 0 ? bytes.subarray(0, end) : Buffer.concat([...open, bytes.subarray(0, end)]);
    open = end + 1 < bytes.length ? [Buffer.from(bytes.subarray(end + 1))] : [];
    yield whole
      .toString('utf8')
      .split('\n')
      .map((line) => rowOf(line, order, asItComes));
  }
  if (open.length > 0) throw new Error('COPY text ended within a row');
}

function rowOf(line: string, order: readonly number[], asItComes: boolean): Row {
  // An empty line is a row without columns, or one empty text.
  if (order.length === 0) return [];
  const fields: string[] = line.split('\t');
  const values: Array<string | null> = line.includes('\\')
    ? fields.map((field) => (field === NULL ? null : decodeField(field)))
    : fields;
  return asItComes ? values : order.map((place) => values[place] ?? null);
}
