import { decodeName } from '../sql-script/names.ts';
import { type StatementTarget, statementTarget } from '../sql-script/statement-target.ts';
import { significantTokens, type Token, wordOf } from '../sql-script/tokens.ts';
import type { OptionHolder } from './known-options.ts';

/**
 * One option in a statement: `n_distinct=5`, `toast.autovacuum_enabled='false'`. Offsets are in the
 * statement.
 */
export interface WrittenOption {
  /** Without `toast.`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** `SET (…)` of a column, `WITH (…)` of a relation or of a key's index. Offsets are in the statement. */
export interface OptionList {
  readonly holder: OptionHolder;
  /** The end of the token before the list. */
  readonly start: number;
  /** The offset after the closing parenthesis. */
  readonly end: number;
  readonly options: readonly WrittenOption[];
}

/** The option list of a statement that pg_dump writes; undefined if it has none. */
export function optionList(statement: string): OptionList | undefined {
  const holder = holderOf(statementTarget(statement));
  if (holder === undefined) return undefined;
  const tokens = significantTokens(statement);
  for (const [index, token] of tokens.entries()) {
    if (token.depth !== 0) continue;
    const word = wordOf(token);
    // The query of a view begins here, and a view's options come before it.
    if (word === 'AS') return undefined;
    const [before, open] = [tokens[index - 1], tokens[index + 1]];
    // A table may be called set; then a dot comes before it.
    if (word !== INTRODUCERS[holder] || open?.text !== '(' || before === undefined || before.text === '.')
      continue;
    const close = tokens.findIndex((one, at) => at > index && one.depth === 0 && one.text === ')');
    const end = tokens[close]?.end;
    if (end === undefined) return undefined;
    return { holder, start: before.end, end, options: optionsIn(tokens.slice(index + 2, close)) };
  }
  return undefined;
}

const INTRODUCERS: Readonly<Record<OptionHolder, string>> = { column: 'SET', relation: 'WITH' };
const WITH_OPTIONS: ReadonlySet<string> = new Set(['TABLE', 'INDEX', 'VIEW', 'MATERIALIZED VIEW']);

function holderOf({ verb, objectType = '', action }: StatementTarget): OptionHolder | undefined {
  if (action === 'ALTER COLUMN SET') return 'column';
  const hasOptions = action === 'ADD CONSTRAINT' || (verb === 'CREATE' && WITH_OPTIONS.has(objectType));
  return hasOptions ? 'relation' : undefined;
}

function optionsIn(tokens: readonly Token[]): WrittenOption[] {
  const options: WrittenOption[] = [];
  let parts: Token[] = [];
  const finish = () => {
    const [first, last] = [parts[0], parts.at(-1)];
    if (first && last) options.push({ name: nameOf(parts), start: first.start, end: last.end });
    parts = [];
  };
  for (const token of tokens) {
    if (token.text === ',' && token.depth === 1) finish();
    else parts.push(token);
  }
  finish();
  return options;
}

function nameOf(parts: readonly Token[]): string {
  const equals = parts.findIndex(({ text }) => text.startsWith('='));
  const name = (equals === -1 ? parts : parts.slice(0, equals)).at(-1);
  return name === undefined ? '' : decodeName(name.kind, name.text);
}

/** The statement with only these of its options, otherwise unchanged; undefined if nothing is left of it. */
export function withOptions(
  statement: string,
  list: OptionList,
  kept: readonly WrittenOption[],
): string | undefined {
  const [first, last] = [list.options[0], list.options.at(-1)];
  if (first === undefined || last === undefined || kept.length === list.options.length) return statement;
  if (kept.length === 0) {
    return list.holder === 'column' ? undefined : statement.slice(0, list.start) + statement.slice(list.end);
  }
  const written = kept.map(({ start, end }) => statement.slice(start, end)).join(', ');
  return statement.slice(0, first.start) + written + statement.slice(last.end);
}
