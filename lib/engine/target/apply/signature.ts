import type { ScriptEntry } from '../../sql-script/entries.ts';
import { type Token, wordOf } from '../../sql-script/tokens.ts';
import type { PlannedStatement } from './planned-statement.ts';

const ROUTINES: ReadonlySet<string> = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE']);

/**
 * The argument types that tell routines and operators of one name apart: `integer,public.mood`. For operators
 * they come from the statement. The statement of a routine also contains modes, names and defaults, so for
 * routines they come from the header. They are only used to find the difference that a statement explains.
 * Undefined if unknown.
 */
export function signatureOf(
  { target: { verb, objectType = '', name }, tokens }: PlannedStatement,
  entry: Pick<ScriptEntry, 'name'> | undefined,
): string | undefined {
  if (name === undefined) return undefined;
  if (objectType === 'OPERATOR') return verb === 'CREATE' ? madeOf(tokens()) : inParentheses(tokens());
  if (!ROUTINES.has(objectType) || entry === undefined) return undefined;
  const [, written] = /\((.*)\)$/s.exec(entry.name.slice(entry.name.indexOf(name) + name.length)) ?? [];
  return written === undefined ? undefined : plainList(written);
}

/** A list of types in the form of a fingerprint. */
export function plainList(types: string): string {
  return types.replaceAll(', ', ',');
}

/** `(FUNCTION = f, LEFTARG = a, RIGHTARG = b)` */
function madeOf(tokens: readonly Token[]): string {
  const argument = (word: string) => {
    const at = tokens.findIndex((token) => token.depth === 1 && wordOf(token) === word);
    if (at < 0) return 'NONE';
    const rest = tokens.slice(at + 2);
    const end = rest.findIndex(({ text, depth }) => (text === ',' && depth === 1) || depth === 0);
    return writtenType(rest.slice(0, end));
  };
  return `${argument('LEFTARG')},${argument('RIGHTARG')}`;
}

/** `ALTER OPERATOR public.= (integer, public.mood) OWNER TO …` */
function inParentheses(tokens: readonly Token[]): string | undefined {
  const open = tokens.findIndex(({ text, depth }) => text === '(' && depth === 0);
  const close = tokens.findIndex(({ text, depth }, at) => at > open && text === ')' && depth === 0);
  return open < 0 || close < 0 ? undefined : writtenType(tokens.slice(open + 1, close));
}

/** A type in the server's form: spaces between words (`double precision`), and nowhere else. */
export function writtenType(tokens: readonly Token[]): string {
  return tokens
    .map(({ kind, text }, at) => {
      const before = tokens[at - 1];
      return kind === 'word' && before?.kind === 'word' ? ` ${text}` : text;
    })
    .join('');
}
