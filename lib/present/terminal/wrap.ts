import { displayWidth } from './printable.ts';

/**
 * Spaces at which a text may be broken. Not before a unit: `7.1` and `s` must stay on one line. Not between
 * backticks: a command broken over two lines becomes another command when it is pasted.
 */
const BREAKS = / (?!(?:s|min|h|d|B|kB|MB|GB|TB|UTC)\b)(?=[^`]*(?:`[^`]*`[^`]*)*$)/;

/** Breaks a text at its spaces; words longer than a line stay whole. Undefined `columns`: one line. */
export function wrap(text: string, columns: number | undefined): string[] {
  if (columns === undefined) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(BREAKS)) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A label with a text beside it. Further lines of the text are indented: `  To do:  Check that …`. */
export function labelled(label: string, text: string, columns: number | undefined): string[] {
  const width = columns === undefined ? undefined : Math.max(20, columns - displayWidth(label));
  return wrap(text, width).map(
    (line, index) => (index === 0 ? label : ' '.repeat(displayWidth(label))) + line,
  );
}
