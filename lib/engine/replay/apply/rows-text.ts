import { encodeField } from '../../copy-text/copy-fields.ts';
import { type Tuple, UNCHANGED } from '../../pgoutput/messages.ts';

const PIECE_CHARACTERS = 256 * 1024;

/** Rows as COPY text. A value that is not known is NULL. */
export async function* rowsText(rows: Iterable<Tuple>): AsyncGenerator<Buffer> {
  let text = '';
  for (const row of rows) {
    let line = '';
    for (let at = 0; at < row.length; at += 1) {
      const value = row[at];
      if (at > 0) line += '\t';
      line += value === UNCHANGED || value === undefined ? '\\N' : encodeField(value);
    }
    text += `${line}\n`;
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text, 'latin1');
    text = '';
  }
  if (text !== '') yield Buffer.from(text, 'latin1');
}
