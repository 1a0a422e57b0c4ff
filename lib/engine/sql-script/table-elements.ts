import { type Token, wordOf } from './tokens.ts';

/** A column or constraint between the parentheses of CREATE TABLE. */
export interface TableElement {
  readonly tokens: readonly Token[];
  /** Offsets in the statement: the start of the element's first token, and the end of its last. */
  readonly start: number;
  readonly end: number;
}

/**
 * Without a match, no element of the table is a constraint that begins with NOT or CONSTRAINT: such an element
 * comes after a parenthesis or a comma, with nothing but white space and comments between.
 */
export const MAY_HOLD_CONSTRAINT = /[(,]\s*(?:not|constraint|--|\/\*)/i;

/** The elements of `CREATE TABLE name (…)` and of statements with the same form; none without parentheses. */
export function tableElements(tokens: readonly Token[]): TableElement[] {
  const open = tokens.findIndex(({ text, depth }) => text === '(' && depth === 0);
  if (open === -1) return [];
  const elements: TableElement[] = [];
  let own: Token[] = [];
  for (const token of tokens.slice(open + 1)) {
    const closes = token.text === ')' && token.depth === 0;
    if (closes || (token.text === ',' && token.depth === 1)) {
      const [first, last] = [own.at(0), own.at(-1)];
      if (first && last) elements.push({ tokens: own, start: first.start, end: last.end });
      own = [];
      if (closes) break;
    } else {
      own.push(token);
    }
  }
  return elements;
}

/**
 * The token that names the column in the table constraint `[CONSTRAINT name] NOT NULL column`; undefined for
 * a column with its own NOT NULL, which begins with the column. All three words are reserved, so a name that
 * spells one is quoted.
 */
export function notNullColumn(element: readonly Token[]): Token | undefined {
  const at = wordOf(element[0]) === 'CONSTRAINT' ? 2 : 0;
  if (wordOf(element[at]) !== 'NOT' || wordOf(element[at + 1]) !== 'NULL') return undefined;
  return element[at + 2];
}
