/**
 * Makes text from a database or a vault safe for a terminal. A table's name may hold any character, including
 * escape sequences and line ends, and must not move the cursor, change colours or turn the direction of the
 * line. Invisible characters are escaped too, because two names that differ only in them would look the same.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, (character) => {
    const point = character.codePointAt(0) ?? 0;
    const digits = point.toString(16);
    if (point > 0xffff) return `\\u{${digits}}`;
    return point < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`;
  });
}

const ESCAPE_SEQUENCE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const DOUBLE_WIDTH =
  /^[\p{Emoji_Presentation}\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\uff01-\uff60]$/u;

/** The columns that text takes in a terminal, without colour codes: near enough for padding a table. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(ESCAPE_SEQUENCE, '')) {
    if (DOUBLE_WIDTH.test(character)) width += 2;
    else if (!ZERO_WIDTH.test(character)) width += 1;
  }
  return width;
}

/** Cuts text without colours to a width, with `…` where something is missing. */
export function cutTo(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let cut = '';
  let width = 0;
  for (const character of text) {
    width += displayWidth(character);
    if (width > columns - 1) break;
    cut += character;
  }
  return columns > 0 ? `${cut}…` : '';
}
