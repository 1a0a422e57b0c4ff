/** One character of a name. In double quotes a character stands for itself. */
export interface PatternCharacter {
  readonly character: string;
  readonly quoted: boolean;
}

/** A pattern for names, split at its dots, or the reason why it is not a pattern. */
export type NamePattern =
  | { readonly names: ReadonlyArray<readonly PatternCharacter[]> }
  | { readonly fault: 'open quote' | 'empty name' };

/**
 * Reads `schema.table` with `*` and `?` like psql and pg_dump (PostgreSQL manual, psql, "Patterns"), but
 * without regular expressions.
 */
export function readNamePattern(text: string): NamePattern {
  const names: PatternCharacter[][] = [[]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') {
      const doubled = quoted && text.charAt(at + 1) === '"';
      if (doubled) {
        names.at(-1)?.push({ character, quoted });
        at += 1;
      } else quoted = !quoted;
    } else if (character === '.' && !quoted) names.push([]);
    else names.at(-1)?.push({ character, quoted });
  }
  if (quoted) return { fault: 'open quote' };
  return names.some(({ length }) => length === 0) ? { fault: 'empty name' } : { names };
}
