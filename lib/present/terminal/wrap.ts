import { displayWidth } from './printable.ts';

/**
 * Not before a unit: `7.1` at the end of one line and `s` on the next is no number. And not between backticks: a command
 * that is broken over two lines is another one when it is pasted.
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

/** A label and a text beside it, whose further lines are indented as far: `  To do:  Check that …`. */
export function labelled(label: string, text: string, columns: number | undefined): string[] {
  const width = columns === undefined ? undefined : Math.max(20, columns - displayWidth(label));
  return wrap(text, width).map(
    (line, index) => (index === 0 ? label : ' '.repeat(displayWidth(label))) + line,
  );
}
