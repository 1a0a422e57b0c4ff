import { headOf, targetOf } from '../statement-target.ts';
import { splitStatements } from '../statements.ts';
import { MAY_HOLD_CONSTRAINT, notNullColumn, tableElements } from '../table-elements.ts';
import { significantTokens, type Token, wordOf, wordsOf } from '../tokens.ts';
import { type Construct, FIRST_MAJOR, PUBLICATION_OPTIONS, SUBSCRIPTION_OPTIONS } from './constructs.ts';

/** A construct in a script that servers before `since` cannot read. */
export interface NewerConstruct {
  /** `NOT NULL as a table constraint`, `the subscription option run_as_owner`. */
  readonly what: string;
  readonly since: number;
  /** `table public.kid` */
  readonly object: string;
}

/** The newest version in the table. */
const NEWEST = Math.max(...Object.values(FIRST_MAJOR));

/**
 * Finds all constructs in a script of pg_dump that a server of this major version cannot read, without a
 * server. It does not read statements in strings: those behind a condition (fit-to-major.ts) run only on
 * servers that can read them.
 */
export function newerConstructs(script: string, major: number): NewerConstruct[] {
  if (major >= NEWEST) return [];
  return splitStatements(script).flatMap((statement) => {
    const { verb, objectType } = headOf(statement);
    const [sign, read] = READERS[`${verb} ${objectType}`] ?? READERS[verb] ?? [];
    if (sign === undefined || read === undefined || !sign.test(statement.text)) return [];
    const target = targetOf(statement);
    const object = [target.objectType?.toLowerCase(), [target.schema, target.name].filter(Boolean).join('.')];
    return read(significantTokens(statement.text))
      .filter(({ since }) => since > major)
      .map((found) => ({ ...found, object: object.filter(Boolean).join(' ') }));
  });
}

type Found = Omit<NewerConstruct, 'object'>;
type Reader = (tokens: readonly Token[]) => Found[];

/** In a statement without a match, the reader would find nothing. */
type Sign = RegExp;

const OF_CONSTRAINT = 'inherit|enforced|distinct|set|overlaps|period';
const IN_TABLE = new RegExp(`${MAY_HOLD_CONSTRAINT.source}|${OF_CONSTRAINT}|generated`, 'i');
const IN_ALTERED = new RegExp(`not|${OF_CONSTRAINT}|generated`, 'i');
const OF_BODY = /atomic|return(?!s)/i;
const ANY = /(?:)/;

const READERS: Readonly<Record<string, readonly [Sign, Reader]>> = {
  'CREATE TABLE': [IN_TABLE, ofTable],
  'CREATE FOREIGN TABLE': [IN_TABLE, ofTable],
  'ALTER TABLE': [IN_ALTERED, ofAlteredTable],
  'ALTER FOREIGN TABLE': [IN_ALTERED, ofAlteredTable],
  'CREATE INDEX': [/distinct/i, (tokens) => whereSaid(tokens, 0, 'NULLS NOT DISTINCT', 'NULLS NOT DISTINCT')],
  'CREATE SEQUENCE': [
    /logged/i,
    (tokens) => [
      ...whereSaid(tokens.slice(0, 3), 0, 'CREATE UNLOGGED', 'an unlogged sequence'),
      ...whereSaid(tokens, 0, 'LOGGED', 'LOGGED of a sequence'),
    ],
  ],
  'ALTER SEQUENCE': [
    /logged/i,
    (tokens) => [
      ...whereSaid(tokens, 0, 'SET LOGGED', 'LOGGED of a sequence'),
      ...whereSaid(tokens, 0, 'SET UNLOGGED', 'an unlogged sequence'),
    ],
  ],
  'CREATE VIEW': [
    /security_invoker/i,
    (tokens) => ofOptions(tokens, { security_invoker: 'security_invoker of a view' }, 'AS'),
  ],
  'CREATE TYPE': [
    /multirange_type_name/i,
    (tokens) => ofOptions(tokens, { multirange_type_name: 'MULTIRANGE_TYPE_NAME' }),
  ],
  'CREATE COLLATION': [
    /rules|builtin/i,
    (tokens) => [
      ...ofOptions(tokens, { rules: 'RULES of a collation' }),
      ...whereSaid(tokens, 1, 'PROVIDER = BUILTIN', 'a builtin collation'),
    ],
  ],
  'CREATE STATISTICS': [/\(/, ofStatistics],
  'CREATE FUNCTION': [OF_BODY, ofRoutine],
  'CREATE PROCEDURE': [OF_BODY, ofRoutine],
  'CREATE SUBSCRIPTION': [ANY, (tokens) => listed(tokens, SUBSCRIPTION_OPTIONS, 'the subscription option')],
  'CREATE PUBLICATION': [
    ANY,
    (tokens) => [
      ...listed(tokens, PUBLICATION_OPTIONS, 'the publication option'),
      ...whereSaid(tokens, 0, 'TABLES IN SCHEMA', 'a publication of schemas'),
    ],
  ],
  'ALTER PUBLICATION': [ANY, ofPublication],
  'ALTER DEFAULT PRIVILEGES': [
    /large|maintain/i,
    (tokens) => [
      ...whereSaid(tokens, 0, 'ON LARGE OBJECTS', 'default privileges ON LARGE OBJECTS'),
      ...ofGrant(tokens),
    ],
  ],
  GRANT: [/maintain/i, ofGrant],
  REVOKE: [/maintain/i, ofGrant],
};

function ofTable(tokens: readonly Token[]): Found[] {
  return tableElements(tokens).flatMap(({ tokens: element }) => [
    ...(notNullColumn(element) ? [found('NOT NULL as a table constraint')] : []),
    ...ofConstraint(element, 1),
    ...(isVirtual(element) ? [found('a virtual generated column')] : []),
  ]);
}

/**
 * Whether it is `GENERATED ALWAYS AS (…)` without STORED. In an identity column, a word follows AS instead.
 */
function isVirtual(element: readonly Token[]): boolean {
  const at = saidAt(element, 1, 'GENERATED ALWAYS AS (');
  const end = element.findIndex(({ text, depth }, index) => index > at && text === ')' && depth === 1);
  return at !== -1 && wordOf(element[end + 1]) !== 'STORED';
}

function ofAlteredTable(tokens: readonly Token[]): Found[] {
  const added = saidAt(tokens, 0, 'ADD CONSTRAINT');
  if (added !== -1) {
    const constraint = tokens.slice(added + 1);
    return [
      ...(notNullColumn(constraint) ? [found('NOT NULL as a table constraint')] : []),
      ...ofConstraint(constraint, 0),
    ];
  }
  return [
    ...whereSaid(tokens, 0, 'SET COMPRESSION', 'SET COMPRESSION'),
    ...whereSaid(tokens, 0, 'SET ACCESS METHOD', 'SET ACCESS METHOD of a table'),
    ...(saidAt(tokens, 0, 'ADD GENERATED') === -1
      ? []
      : [
          ...whereSaid(tokens, 1, 'UNLOGGED', 'an unlogged sequence'),
          ...whereSaid(tokens, 1, 'LOGGED', 'LOGGED of a sequence'),
        ]),
  ];
}

function ofConstraint(tokens: readonly Token[], depth: number): Found[] {
  return [
    ...whereSaid(tokens, depth, 'NO INHERIT', 'NOT NULL … NO INHERIT').filter(
      () => saidAt(tokens, depth, 'CHECK') === -1,
    ),
    ...whereSaid(tokens, depth, 'NOT ENFORCED', 'a constraint NOT ENFORCED'),
    ...whereSaid(tokens, depth, 'NULLS NOT DISTINCT', 'NULLS NOT DISTINCT'),
    ...whereSaid(tokens, depth, 'SET NULL (', 'SET NULL or SET DEFAULT of chosen columns'),
    ...whereSaid(tokens, depth, 'SET DEFAULT (', 'SET NULL or SET DEFAULT of chosen columns'),
    ...whereSaid(tokens, depth + 1, 'WITHOUT OVERLAPS', 'WITHOUT OVERLAPS or PERIOD in a key'),
    ...(saidAt(tokens, depth, 'FOREIGN KEY') === -1
      ? []
      : tokens.flatMap((token, at) =>
          token.depth === depth + 1 &&
          wordOf(token) === 'PERIOD' &&
          tokens[at - 1]?.text === ',' &&
          tokens[at + 1]?.depth === depth + 1
            ? [found('WITHOUT OVERLAPS or PERIOD in a key')]
            : [],
        )),
  ];
}

/** `CREATE STATISTICS s ON a, (b + c), lower(d) FROM t`: parentheses show an expression. */
function ofStatistics(tokens: readonly Token[]): Found[] {
  const [on, from] = [saidAt(tokens, 0, 'ON'), saidAt(tokens, 0, 'FROM')];
  const expressions = tokens.slice(on, from).some(({ text }) => text === '(');
  return expressions ? [found('statistics on expressions')] : [];
}

/** A routine with `RETURN …` or `BEGIN ATOMIC` instead of AS 'body'. */
function ofRoutine(tokens: readonly Token[]): Found[] {
  const said = saidAt(tokens, 0, 'BEGIN ATOMIC') !== -1 || saidAt(tokens, 0, 'RETURN') !== -1;
  return said ? [found('a routine with an SQL body')] : [];
}

function ofPublication(tokens: readonly Token[]): Found[] {
  const added = saidAt(tokens, 0, 'ADD TABLE');
  const restricted = added !== -1 && tokens.slice(added).some(({ text }) => text === '(');
  return [
    ...whereSaid(tokens, 0, 'ADD TABLES IN SCHEMA', 'a publication of schemas'),
    ...(restricted ? [found('a publication with columns or WHERE')] : []),
  ];
}

function ofGrant(tokens: readonly Token[]): Found[] {
  const on = tokens.findIndex((token) => token.depth === 0 && wordOf(token) === 'ON');
  return whereSaid(tokens.slice(0, on), 0, 'MAINTAIN', 'the privilege MAINTAIN');
}

/** The names before `=`, or without a value, in the first parentheses that come before the word `before`. */
function ofOptions(
  tokens: readonly Token[],
  constructs: Readonly<Record<string, Construct>>,
  before?: string,
): Found[] {
  const end = before === undefined ? -1 : saidAt(tokens, 0, before);
  return optionNames(end === -1 ? tokens : tokens.slice(0, end)).flatMap((name) => {
    const construct = Object.hasOwn(constructs, name) ? constructs[name] : undefined;
    return construct === undefined ? [] : [found(construct)];
  });
}

function listed(tokens: readonly Token[], since: Readonly<Record<string, number>>, kind: string): Found[] {
  return optionNames(tokens).flatMap((name) =>
    Object.hasOwn(since, name) ? [{ what: `${kind} ${name}`, since: since[name] ?? 0 }] : [],
  );
}

function optionNames(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, at) => {
    const [before, after] = [tokens[at - 1]?.text, tokens[at + 1]?.text];
    const begins = token.depth === 1 && (before === '(' || before === ',');
    return begins && (after === '=' || after === ',' || after === ')') ? [token.text.toLowerCase()] : [];
  });
}

/** The index at which these words follow each other at this depth; -1 if nowhere. */
function saidAt(tokens: readonly Token[], depth: number, phrase: string): number {
  const words = wordsOf(phrase);
  const [first = ''] = words;
  // A loop of its own: most tokens are not the first word, and there are a dozen phrases for each table.
  for (let at = 0; at < tokens.length; at += 1) {
    if (!says(tokens[at], depth, first)) continue;
    // A word after a dot is a name.
    if (tokens[at - 1]?.text === '.') continue;
    if (words.every((word, ahead) => says(tokens[at + ahead], depth, word))) return at;
  }
  return -1;
}

function says(token: Token | undefined, depth: number, word: string): boolean {
  if (token?.depth !== depth || token.text.length !== word.length) return false;
  return token.text === word || wordOf(token) === word;
}

function whereSaid(tokens: readonly Token[], depth: number, phrase: string, construct: Construct): Found[] {
  return saidAt(tokens, depth, phrase) === -1 ? [] : [found(construct)];
}

function found(construct: Construct): Found {
  return { what: construct, since: FIRST_MAJOR[construct] };
}
