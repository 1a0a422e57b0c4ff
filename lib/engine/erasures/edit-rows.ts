import { fieldBorders } from '../copy-text/copy-fields.ts';

const LINE_FEED = 0x0a;
const NULL = Buffer.from('\\N');
const TAB = Buffer.from('\t');

/** What becomes of a row: it is left out, or these fields become NULL. */
export type RowEdit = 'out' | ReadonlySet<number>;

/** By the number of the row in its chunk. */
export type RowEdits = ReadonlyMap<number, RowEdit>;

/** COPY text without the rows that are left out. The pieces that come out are new memory. One row at most is held. */
export async function* editRows(
  pieces: AsyncIterable<Uint8Array>,
  edits: RowEdits,
  fields: number,
): AsyncGenerator<Uint8Array> {
  let row = 0;
  for await (const text of wholeLines(pieces)) {
    const kept: Buffer[] = [];
    let [from, at] = [0, 0];
    while (at < text.length) {
      const next = text.indexOf(LINE_FEED, at) + 1;
      const edit = edits.get(row);
      row += 1;
      if (edit) {
        kept.push(text.subarray(from, at));
        if (edit !== 'out') kept.push(withNulls(text.subarray(at, next - 1), edit, fields));
        from = next;
      }
      at = next;
    }
    kept.push(text.subarray(from));
    const all = kept.length === 1 ? text : Buffer.concat(kept);
    if (all.length > 0) yield all;
  }
}

/** Pieces that end where a row does, in memory of their own. */
export async function* wholeLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    // Copied before the next piece overwrites the memory.
    if (end === 0) {
      rest.push(Buffer.from(piece));
      continue;
    }
    yield Buffer.concat([...rest, piece.subarray(0, end)]);
    rest = end < piece.length ? [Buffer.from(piece.subarray(end))] : [];
  }
  if (rest.length > 0) throw new RangeError('COPY text ended within a row');
}

function withNulls(line: Buffer, nulls: ReadonlySet<number>, fields: number): Buffer {
  const borders = fieldBorders(line, fields);
  const parts: Buffer[] = [];
  for (let field = 0; field < fields; field += 1) {
    if (field > 0) parts.push(TAB);
    parts.push(nulls.has(field) ? NULL : line.subarray(borders[field], (borders[field + 1] ?? 0) - 1));
  }
  return Buffer.concat([...parts, Buffer.from('\n')]);
}
