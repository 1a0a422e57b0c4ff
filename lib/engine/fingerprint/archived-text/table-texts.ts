import { decodeName } from '../../sql-script/names.ts';
import { wordOf } from '../../sql-script/tokens.ts';
import type { StatementText } from './statement-text.ts';

/** The text of one column or table constraint in CREATE TABLE. */
export interface ElementText {
  readonly element: 'column' | 'constraint';
  readonly name: string;
  readonly text: string;
}

/**
 * Defaults, generated columns and named constraints, as pg_dump writes them between the parentheses of CREATE
 * TABLE.
 */
export function elementTexts(statement: StatementText): ElementText[] {
  const open = statement.tokens.findIndex(({ text, depth }) => text === '(' && depth === 0);
  return [...statement.parts(open)].flatMap(([from, to]) => elementText(statement, from, to) ?? []);
}

function elementText(statement: StatementText, from: number, to: number): ElementText | undefined {
  const first = statement.tokens[from];
  const isConstraint = wordOf(first) === 'CONSTRAINT';
  const named = isConstraint ? statement.tokens[from + 1] : first;
  if (named?.kind !== 'word' && named?.kind !== 'quoted-name') return undefined;
  const name = decodeName(named.kind, named.text);
  if (isConstraint) return { element: 'constraint', name, text: statement.between(from + 2, to) };
  const text = defaultText(statement, from + 1, to);
  return text === undefined ? undefined : { element: 'column', name, text };
}

/** Words that may follow a default. Inside an expression, the server always puts parentheses around them. */
const AFTER_DEFAULT = ['CONSTRAINT', 'NOT NULL', 'COLLATE'];

function defaultText(statement: StatementText, from: number, to: number): string | undefined {
  const generated = statement.find('GENERATED ALWAYS AS', from, 1, to);
  if (generated >= 0) return statement.inside(generated + 3);
  const at = statement.find('DEFAULT', from, 1, to);
  if (at < 0) return undefined;
  const ends = AFTER_DEFAULT.map((words) => statement.find(words, at, 1, to)).filter((end) => end >= 0);
  return statement.between(at + 1, Math.min(to, ...ends));
}

/** The partition key of CREATE TABLE … PARTITION BY: `RANGE (lower(name))`. */
export function partitionKeyText(statement: StatementText): string | undefined {
  const at = statement.find('PARTITION BY');
  const end = at < 0 ? undefined : statement.closing(at + 3);
  return end === undefined ? undefined : statement.between(at + 2, end);
}
