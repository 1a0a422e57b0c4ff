import { decodeName } from '../../sql-script/names.ts';
import { type Token, wordOf } from '../../sql-script/tokens.ts';

/** Where a query stands inside parentheses, or outside of all: after FROM, or in an expression. */
type Clause = 'from' | 'expression';

const TO_EXPRESSION: ReadonlySet<string> = new Set([
  'SELECT',
  'WHERE',
  'GROUP',
  'HAVING',
  'ORDER',
  'WINDOW',
  'ON',
  'USING',
  'LIMIT',
  'OFFSET',
  'RETURNING',
  'RETURN',
  'SET',
  'VALUES',
  'WHEN',
]);
const TO_FROM: ReadonlySet<string> = new Set(['JOIN', 'INTO', 'UPDATE']);
const BEFORE_A_RELATION: ReadonlySet<string> = new Set(['FROM', 'JOIN', 'ONLY', 'LATERAL', 'INTO', 'UPDATE']);
/** Words after which an expression begins, and no type of a column definition. */
const BEFORE_AN_EXPRESSION: ReadonlySet<string> = new Set(['DISTINCT', 'ALL', 'NOT', 'CASE', 'ROW', 'ARRAY']);

/** What the places in a query say about names with a dot. Indexes are those of first tokens. */
export interface QueryNames {
  /**
   * `alias.column` where the alias is one of the asked names, usually that of a schema: `SELECT sales.id FROM sales.sales`.
   * The server writes a column so, and an object of that schema in the same way; only the place tells them apart.
   */
  readonly columns: ReadonlySet<number>;
  /** `schema.relation` after FROM or JOIN without an alias: its own name is the alias of its columns. */
  readonly unaliased: ReadonlySet<number>;
}

/** Reads the queries of a statement, as the server prints them. */
export function queryNames(tokens: readonly Token[], isAsked: (name: string) => boolean): QueryNames {
  const columns = new Set<number>();
  const unaliased = new Set<number>();
  const start = queryStart(tokens);
  if (start === undefined) return { columns, unaliased };
  const aliases = aliasesIn(tokens, isAsked);
  const clauses = new Map<number, Clause>();
  const queries = new Set<number>();
  const clauseAt = (depth: number) => clauses.get(depth) ?? 'expression';
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at];
    const before = tokens[at - 1];
    if (!token) break;
    const word = before?.text === '.' ? undefined : wordOf(token);
    if (token.text === '(') {
      const opensJoin =
        clauseAt(token.depth) === 'from' &&
        (before?.text === ',' || before?.text === '(' || isBefore(before));
      clauses.set(token.depth + 1, opensJoin ? 'from' : 'expression');
      queries.delete(token.depth + 1);
    } else if (token.text === ';') {
      clauses.set(token.depth, 'expression');
    } else if (word !== undefined && tokens[at + 1]?.text !== '.') {
      if (word === 'SELECT' || word === 'DELETE' || word === 'UPDATE') queries.add(token.depth);
      const isClause = queries.has(token.depth) && wordOf(before) !== 'DISTINCT';
      if (TO_EXPRESSION.has(word)) clauses.set(token.depth, 'expression');
      else if (TO_FROM.has(word) || (word === 'FROM' && isClause)) clauses.set(token.depth, 'from');
    }
    if (!isName(token) || before?.text === '.' || tokens[at + 1]?.text !== '.') continue;
    const clause = clauseAt(token.depth);
    if (clause === 'from' && isRelation(tokens, at) && !hasAlias(tokens, at)) unaliased.add(at);
    if (!aliases.has(decodeName(token.kind, token.text))) continue;
    if (isColumn(tokens, at, clause)) columns.add(at);
  }
  return { columns, unaliased };
}

function isRelation(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  const begins = isBefore(before) || before?.text === ',' || before?.text === '(';
  return begins && tokens[at + 3]?.text !== '(' && tokens[at + 3]?.text !== '.';
}

/** Words that can follow a relation and are no alias: PostgreSQL reserves them, but for SET. */
const NO_ALIAS: ReadonlySet<string> = new Set(
  'JOIN LEFT RIGHT FULL INNER CROSS NATURAL ON USING WHERE GROUP HAVING WINDOW ORDER LIMIT OFFSET FETCH FOR UNION INTERSECT EXCEPT TABLESAMPLE WITH SET RETURNING DO'.split(
    ' ',
  ),
);

function hasAlias(tokens: readonly Token[], at: number): boolean {
  const after = tokens[at + 3];
  return after !== undefined && isName(after) && !NO_ALIAS.has(wordOf(after) ?? '');
}

function isColumn(tokens: readonly Token[], at: number, clause: Clause): boolean {
  const [before, twoBefore] = [tokens[at - 1], tokens[at - 2]];
  const after = tokens[at + 3];
  if (after?.text === '(' || after?.text === '.') return false;
  if (before?.text === ':' && twoBefore?.text === ':') return false;
  if (wordOf(before) === 'COLLATE') return false;
  if (before?.text === '(' && wordOf(twoBefore) === 'OPERATOR') return false;
  if (clause === 'from') return false;
  // `AS t(a sales.state)`: the type of a column definition.
  const isDefinition =
    before !== undefined &&
    isName(before) &&
    (twoBefore?.text === '(' || twoBefore?.text === ',') &&
    !BEFORE_AN_EXPRESSION.has(wordOf(before) ?? '');
  return !isDefinition;
}

function isBefore(token: Token | undefined): boolean {
  return BEFORE_A_RELATION.has(wordOf(token) ?? '');
}

/** Where the query of a statement begins, or its first expression that can hold one; undefined without one. */
function queryStart(tokens: readonly Token[]): number | undefined {
  const words = tokens.slice(0, 8).map((token) => wordOf(token));
  if (words[0] !== 'CREATE') return undefined;
  const kind = words.find((word) => word !== undefined && KINDS_WITH_QUERIES.has(word));
  const first = (test: (token: Token, at: number) => boolean) => {
    const at = tokens.findIndex(test);
    return at < 0 ? undefined : at;
  };
  const isFree = (at: number) => tokens[at - 1]?.text !== '.' && tokens[at + 1]?.text !== '.';
  switch (kind) {
    case 'VIEW':
      return first((token, at) => token.depth === 0 && wordOf(token) === 'AS' && isFree(at));
    case 'RULE':
      return first((token, at) => (wordOf(token) === 'WHERE' || wordOf(token) === 'DO') && isFree(at));
    case 'POLICY':
      return first((token) => token.text === '(' && token.depth === 0);
    case 'FUNCTION':
    case 'PROCEDURE':
      return first(
        (token, at) =>
          token.depth === 0 &&
          isFree(at) &&
          (wordOf(token) === 'RETURN' || (wordOf(token) === 'BEGIN' && wordOf(tokens[at + 1]) === 'ATOMIC')),
      );
    default:
      return undefined;
  }
}

const KINDS_WITH_QUERIES: ReadonlySet<string> = new Set(['VIEW', 'RULE', 'POLICY', 'FUNCTION', 'PROCEDURE']);

/** Asked names that something is called whose columns the statement can read. */
function aliasesIn(tokens: readonly Token[], isAsked: (name: string) => boolean): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    if (!isName(token) || tokens[at + 1]?.text === '.') continue;
    const name = decodeName(token.kind, token.text);
    if (isAsked(name)) found.add(name);
  }
  return found;
}

function isName({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted-name';
}
