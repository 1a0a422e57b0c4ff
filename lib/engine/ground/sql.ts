/**
 * `"name"`: always quoted, so that no list of key words is needed. Throws on NUL, which no identifier can
 * hold.
 */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new TypeError('an identifier cannot contain a NUL character');
  return `"${name.replaceAll('"', '""')}"`;
}

export function qualifiedName(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** A string literal for a session with `standard_conforming_strings = on`. */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) throw new TypeError('a literal cannot contain a NUL character');
  return `'${text.replaceAll("'", "''")}'`;
}
