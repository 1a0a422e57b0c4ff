import { decodeName, decodeString } from '../sql-script/names.ts';
import { significantTokens, type Token } from '../sql-script/tokens.ts';

/** One part of a condition: a column must have this value. */
export interface Equality {
  readonly column: string;
  readonly value: string;
  readonly isString: boolean;
}

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
    const isName = name?.kind === 'word' || name?.kind === 'quoted-name';
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
