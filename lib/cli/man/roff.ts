/** What roff would read as something else, or print as another character (groff_char(7)). */
const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\(rs',
  '-': '\\-',
  "'": '\\(aq',
  // It begins an argument of a request.
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

/** Text of a man page, on one line: it begins no request, whatever it holds. */
export function roffText(text: string): string {
  const escaped = text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\\\-'"`^~]/g, (character) => SPECIAL[character] ?? character)
    .replace(/[^ -\u007e]/gu, (character) => {
      const point = character.codePointAt(0) ?? 0;
      return `\\[u${point.toString(16).toUpperCase().padStart(4, '0')}]`;
    });
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

export const section = (title: string): string => `.SH ${roffText(title)}`;

export const subsection = (title: string): string => `.SS ${roffText(title)}`;

/** A term in bold, and its description indented below it. */
export function item(term: string, description: string): string[] {
  return ['.TP', `.B ${roffText(term)}`, ...(description === '' ? [] : [roffText(description)])];
}

/** Paragraphs, which empty lines part. */
export function paragraphs(text: string): string[] {
  return text.split(/\n{2,}/).flatMap((paragraph) => ['.PP', roffText(paragraph.trim())]);
}

/** Lines as they stand. */
export function literal(lines: readonly string[]): string[] {
  return ['.PP', '.nf', ...lines.map((line) => (line === '' ? '.sp' : roffText(line))), '.fi'];
}
