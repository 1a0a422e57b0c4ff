import { decodeName, decodeString } from '../sql-script/names.ts';
import { significantTokens, type Token } from '../sql-script/tokens.ts';

/** One part of a condition: a column must have this value. */
export interface Equality {
  readonly column: string;
  readonly value: string;
  readonly isString: boolean;
}

/** Words that are no column unless they are quoted: `user = 'ada'` asks for the name of the role (PostgreSQL manual, "SQL Key Words"). */
const MEANS_ANOTHER_THING =
  /^(?:user|system_user|session_user|current_\w+|localtime|localtimestamp|true|false|null|default)$/i;

/**
 * Reads a condition such as `email = 'ada@example.com' AND tenant_id = 42`. Undefined if it says anything else: then only a
 * server can evaluate it.
 */
export function equalitiesOf(condition: string): readonly Equality[] | undefined {
  let tokens: readonly Token[];
  try {
    tokens = significantTokens(condition);
  } catch {
    return undefined;
  }
  const found: Equality[] = [];
  for (let at = 0; ; at += 4) {
    const [name, operator, literal, and] = tokens.slice(at, at + 4);
    const isName =
      name?.kind === 'quoted-name' || (name?.kind === 'word' && !MEANS_ANOTHER_THING.test(name.text));
    if (!name || !isName || operator?.text !== '=' || !literal) return undefined;
    const isString = literal.kind === 'string' && /^['$]/.test(literal.text);
    const isNumber = literal.kind === 'number' && /^(?:0|[1-9]\d*)$/.test(literal.text);
    if (!isString && !isNumber) return undefined;
    found.push({
      column: decodeName(name.kind, name.text),
      value: isString ? decodeString(literal.text) : literal.text,
      isString,
    });
    if (!and) return found;
    if (and.text.toLowerCase() !== 'and') return undefined;
  }
}

/** Words of a condition that look like one of these columns, and that PostgreSQL reads as something else. */
export function mistakenColumns(condition: string, columns: readonly string[]): string[] {
  try {
    return significantTokens(condition).flatMap(({ kind, text }) =>
      kind === 'word' && MEANS_ANOTHER_THING.test(text) && columns.includes(text.toLowerCase()) ? [text] : [],
    );
  } catch {
    return [];
  }
}

/** Whether the condition says the same of equal rows at any time: it calls nothing and reads no other table. */
export function isSteady(condition: string): boolean {
  try {
    return !significantTokens(condition).some(
      ({ kind, text }) =>
        (kind === 'punctuation' && text === '(') ||
        (kind === 'word' && /^(?:current_|local|session_user|system_user|user$)/i.test(text)),
    );
  } catch {
    return false;
  }
}
