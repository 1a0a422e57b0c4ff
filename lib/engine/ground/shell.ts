/**
 * Quotes any text as one word of a POSIX shell: quotes, dollars, backticks and line feeds included. Throws on
 * NUL.
 */
export function quoteShell(text: string): string {
  if (text.includes('\0')) throw new TypeError('a word of a shell command cannot contain a NUL character');
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A template in a loop over tables has the same strings each time. */
const literalParts = new WeakMap<TemplateStringsArray, readonly string[]>();

/**
 * Shell text, taken literally, backslashes included. Each value in `${…}` becomes one quoted word. Write
 * `\${…}` for the shell's own braces.
 */
export function shell(strings: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  let parts = literalParts.get(strings);
  if (parts === undefined) {
    parts = strings.raw.map((part) => part.replaceAll('\\${', '${'));
    literalParts.set(strings, parts);
  }
  return parts.reduce((text, part, index) => `${text}${quoteShell(String(values[index - 1]))}${part}`);
}

const PRINTABLE = /^[ -~]*$/;

/**
 * Text for a terminal or a page: spells out characters that could move a cursor, break a line or change the
 * writing direction.
 */
export function spellOutControls(text: string): string {
  if (PRINTABLE.test(text)) return text;
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
