import { printable } from './printable.ts';

/** A quoted name or literal, or a stretch of anything else. */
const QUOTED = /"(?:[^"]|"")*"|'(?:[^']|'')*'/g;

/**
 * A statement for a terminal that can be copied and run. A quoted name or literal with characters that no terminal should
 * be given is written with Unicode escapes, `U&"two\000Alines"`, which mean the same to the server (manual, "Lexical
 * Structure").
 */
export function pasteable(statement: string): string {
  return printable(
    statement.replace(QUOTED, (quoted) => (printable(quoted) === quoted ? quoted : escaped(quoted))),
  );
}

function escaped(quoted: string): string {
  const text = quoted.replaceAll('\\', '\\\\');
  const safe = [...text].map((character) =>
    printable(character) === character ? character : unicode(character),
  );
  return `U&${safe.join('')}`;
}

function unicode(character: string): string {
  const digits = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return digits.length <= 4 ? `\\${digits.padStart(4, '0')}` : `\\+${digits.padStart(6, '0')}`;
}
