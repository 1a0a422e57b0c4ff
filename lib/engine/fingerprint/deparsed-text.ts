import type { Facts } from './fingerprint.ts';
import { withoutKeywordQuotes } from './identity.ts';
import { shortHash } from './reading.ts';

const NAME = String.raw`(?:"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const TYPE_OF_SEVERAL_WORDS =
  'character varying|double precision|bit varying|(?:timestamp|time)(?:\\(\\d+\\))? with(?:out)? time zone' +
  '|interval (?:year|month|day|hour|minute|second)(?: to (?:month|day|hour|minute|second))?';
const CAST = String.raw`::\s*(?:(?:${TYPE_OF_SEVERAL_WORDS})(?![\w$])|${NAME}(?:\.${NAME})*)(?:\([^()']*\))?(?:\[\d*\])*`;
const STRING = String.raw`[Ee]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'`;
const NUMBER_OR_SIGN = String.raw`\d[\w.]*|[\s\S]`;
/** They do not count, so that it does not matter how many of them are one token. */
const SPACES_AND_PARENTHESES = String.raw`[\t-\r ()]+`;
const TOKEN = new RegExp(`${SPACES_AND_PARENTHESES}|${STRING}|${CAST}|${NAME}|${NUMBER_OR_SIGN}`, 'gu');
const NOT_COUNTING: ReadonlySet<number> = new Set([...'\t\n\v\f\r ()'].map((one) => one.charCodeAt(0)));

/**
 * A definition without the parts that a dump and a restore may change. The server writes a parsed definition
 * with parentheses and casts, and may put them elsewhere when it parses and writes the text again:
 * `varchar_column IN ('a', 'b')` comes out as `ANY ((ARRAY['a'::character varying, …])::text[])`, and from
 * the restored copy as `ANY (ARRAY[('a'::character varying)::text, …])`. So parentheses, casts and white
 * space do not count.
 */
export function comparableText(text: string): string {
  return comparableTokens(text).join(' ');
}

export function comparableTokens(text: string): string[] {
  const tokens: string[] = [];
  for (const token of text.match(TOKEN) ?? []) {
    if (NOT_COUNTING.has(token.charCodeAt(0)) || token.startsWith('::') || token.trim() === '') continue;
    tokens.push(token.startsWith('"') ? withoutKeywordQuotes(token) : token);
  }
  return tokens;
}

/** Hashes definitions, because they may hold text that should not appear in a report. */
export function deparsed(texts: Facts): Facts {
  const hashes: Record<string, string> = {};
  for (const name in texts) hashes[name] = hashOfText(String(texts[name]));
  return hashes;
}

/** Many tables have the same short definitions: `now()`, `PRIMARY KEY (id)`. */
const LONGEST_REMEMBERED = 100;
const MOST_REMEMBERED = 500;
const remembered = new Map<string, string>();

export function hashOfText(text: string): string {
  if (text.length > LONGEST_REMEMBERED) return shortHash(comparableText(text));
  let hash = remembered.get(text);
  if (hash === undefined) {
    hash = shortHash(comparableText(text));
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(text, hash);
  }
  return hash;
}
