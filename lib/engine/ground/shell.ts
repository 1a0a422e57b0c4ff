/** One word for a POSIX shell, whatever the text holds: quotes, dollars, backticks, line feeds. Throws on NUL. */
export function quoteShell(text: string): string {
  if (text.includes('\0')) throw new TypeError('a word of a shell command cannot contain a NUL character');
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * Shell text as it stands, backslashes included. A value put in by `${…}` becomes one quoted word; the shell's own
 * braces are written `\${…}`.
 */
export function shell(strings: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  const parts = strings.raw.map((part) => part.replaceAll('\\${', '${'));
  return parts.reduce((text, part, index) => `${text}${quoteShell(String(values[index - 1]))}${part}`);
}

/** Text for a terminal or a page: what could move a cursor, break a line or turn the direction of writing is spelled out. */
export function spellOutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
}
