import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { decodeName, decodeString } from '../../sql-script/names.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import { significantTokens, type Token, wordOf } from '../../sql-script/tokens.ts';
import { relationKey } from '../archived/relation-key.ts';
import { type ReplacedPart, replaceParts } from '../archived/replace-parts.ts';
import { type Place, type Places, placeOf } from './places.ts';
import { queryNames } from './query-names.ts';

/** How a name is written: in quotes, or as the server prints it. */
type Writes = (name: string) => string;

/**
 * A statement with the names of the copy. pg_dump and the server write the schema before each name that is not
 * PostgreSQL's own, so each is found as it stands in the grammar: names, strings that are cast to regclass and the like,
 * the schema in statements about schemas, the search_path of a routine, and the names of indexes. Texts stay as they are:
 * other strings, comments, bodies of routines in quotes.
 */
export function renameStatement(statement: string, places: Places, write: Writes = quoteIdentifier): string {
  const tokens = significantTokens(statement);
  const parts = [
    ...qualifiedNames(tokens, places, write),
    ...schemaNames(tokens, places, write),
    ...searchPath(tokens, places, write),
    ...indexNames(statement, tokens, places, write),
    ...ownColumns(statement, tokens, places, write),
  ];
  return replaceParts(
    statement,
    parts.toSorted((a, b) => a.start - b.start),
  );
}

/** The same for a text that is not a whole statement: a definition as the server prints it, an identity. */
export function renameText(text: string, places: Places, write: Writes = quoteIdentifier): string {
  return replaceParts(text, qualifiedNames(significantTokens(text), places, write));
}

/** The names with a schema in a statement, without columns that look the same. */
export function namesIn(statement: string, schemas: (name: string) => boolean): Place[] {
  const tokens = significantTokens(statement);
  return [...dottedNames(tokens, schemas)].map(({ place }) => place);
}

interface DottedName {
  readonly place: Place;
  /** Whether columns are written with its name, because it has no alias. */
  readonly unaliased: boolean;
  readonly schema: Token;
  readonly name: Token;
}

function* dottedNames(
  tokens: readonly Token[],
  schemas: (name: string) => boolean,
): Generator<DottedName, void, undefined> {
  const { columns, unaliased } = queryNames(tokens, schemas);
  for (let at = 0; at < tokens.length; at += 1) {
    const [schema, dot, name] = [tokens[at], tokens[at + 1], tokens[at + 2]];
    if (!schema || !isName(schema) || dot?.text !== '.' || !name) continue;
    if (!isName(name) && name.kind !== 'operator') continue;
    const place = {
      schema: decodeName(schema.kind, schema.text),
      name: name.kind === 'operator' ? name.text : decodeName(name.kind, name.text),
    };
    if (!columns.has(at)) yield { place, schema, name, unaliased: unaliased.has(at) };
    // A column follows, as in OWNED BY: it is a part of this name.
    at += tokens[at + 3]?.text === '.' ? 4 : 2;
  }
}

function qualifiedNames(tokens: readonly Token[], places: Places, write: Writes): ReplacedPart[] {
  const isAffected = (schema: string) => affects(places, schema);
  const parts: ReplacedPart[] = [];
  for (const { place, schema, name, unaliased } of dottedNames(tokens, isAffected)) {
    const to = placeOf(places, place);
    if (to === undefined) continue;
    parts.push({ start: schema.start, end: schema.end, text: write(to.schema) });
    if (to.name === place.name) continue;
    const alias = unaliased ? ` AS ${write(place.name)}` : '';
    parts.push({ start: name.start, end: name.end, text: `${write(to.name)}${alias}` });
  }
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'string' || !token.text.startsWith("'")) continue;
    const type = castTo(tokens, at);
    if (type === undefined) continue;
    const value = decodeString(token.text);
    const renamed =
      type === 'REGNAMESPACE' ? otherSchema(value, places, write) : insideString(value, places, write);
    if (renamed !== value) parts.push({ start: token.start, end: token.end, text: quoteLiteral(renamed) });
  }
  return parts.toSorted((a, b) => a.start - b.start);
}

/** `'app.s'::regclass`: the type, if the string at this index is cast to one of PostgreSQL's types for names. */
export function castTo(tokens: readonly Token[], at: number): string | undefined {
  if (tokens[at + 1]?.text !== ':' || tokens[at + 2]?.text !== ':') return undefined;
  const isWithSchema = wordOf(tokens[at + 3]) === 'PG_CATALOG' && tokens[at + 4]?.text === '.';
  const type = wordOf(tokens[isWithSchema ? at + 5 : at + 3]);
  return type !== undefined && NAME_TYPES.has(type) ? type : undefined;
}

const NAME_TYPES: ReadonlySet<string> = new Set([
  'REGCLASS',
  'REGTYPE',
  'REGPROC',
  'REGPROCEDURE',
  'REGOPER',
  'REGOPERATOR',
  'REGCONFIG',
  'REGDICTIONARY',
  'REGCOLLATION',
  'REGNAMESPACE',
]);

function insideString(value: string, places: Places, write: Writes): string {
  try {
    return replaceParts(value, qualifiedNames(significantTokens(value), places, write));
  } catch {
    // No name of the server's looks like this.
    return value;
  }
}

function otherSchema(value: string, { schemas }: Places, write: Writes): string {
  const [token, ...more] = significantTokens(value);
  const to = token && more.length === 0 ? schemas.get(decodeName(token.kind, token.text)) : undefined;
  return to === undefined ? value : write(to);
}

const VERBS_ABOUT_SCHEMAS: ReadonlySet<string> = new Set([
  'CREATE',
  'ALTER',
  'COMMENT',
  'GRANT',
  'REVOKE',
  'SECURITY',
]);

/** `CREATE SCHEMA app`, `COMMENT ON SCHEMA app`, `IN SCHEMA app`. */
function schemaNames(tokens: readonly Token[], { schemas }: Places, write: Writes): ReplacedPart[] {
  if (!VERBS_ABOUT_SCHEMAS.has(wordOf(tokens[0]) ?? '')) return [];
  return tokens.flatMap((token, at) => {
    const name = tokens[at + 1];
    const isWord = token.depth === 0 && wordOf(token) === 'SCHEMA' && tokens[at - 1]?.text !== '.';
    if (!isWord || !name || !isName(name) || tokens[at + 2]?.text === '.') return [];
    const to = schemas.get(decodeName(name.kind, name.text));
    return to === undefined ? [] : [{ start: name.start, end: name.end, text: write(to) }];
  });
}

/** `SET search_path TO 'app', 'pg_temp'` of a routine. Each element is the name of a schema. */
function searchPath(tokens: readonly Token[], { schemas }: Places, write: Writes): ReplacedPart[] {
  const parts: ReplacedPart[] = [];
  for (const [at, token] of tokens.entries()) {
    const isPath = token.depth === 0 && wordOf(token) === 'SET' && wordOf(tokens[at + 1]) === 'SEARCH_PATH';
    if (!isPath) continue;
    for (let next = at + 3; next < tokens.length; next += 2) {
      const one = tokens[next];
      if (!one) break;
      const name = one.kind === 'string' ? decodeString(one.text) : decodeName(one.kind, one.text);
      const to = schemas.get(name);
      if (to !== undefined) {
        const text = one.kind === 'string' ? quoteLiteral(to) : write(to);
        parts.push({ start: one.start, end: one.end, text });
      }
      if (tokens[next + 1]?.text !== ',') break;
    }
  }
  return parts;
}

/** Names of indexes and of their constraints, which stand without a schema where their table is named. */
function indexNames(
  statement: string,
  tokens: readonly Token[],
  { indexes }: Places,
  write: Writes,
): ReplacedPart[] {
  if (indexes.size === 0) return [];
  const { schema, name, on } = statementTarget(statement);
  const table = on ?? { schema, name };
  const key = table.name === undefined ? undefined : relationKey(table.schema, table.name);
  return tokens.flatMap((token, at) => {
    if (!isName(token) || token.depth > 0 || tokens[at + 1]?.text === '.' || tokens[at - 1]?.text === '.')
      return [];
    const [first, second] = [wordOf(tokens[at - 2]), wordOf(tokens[at - 1])];
    const stands = second === 'INDEX' || second === 'CONSTRAINT' || (first === 'CLUSTER' && second === 'ON');
    if (!stands) return [];
    const to = indexes.get(relationKey(table.schema, decodeName(token.kind, token.text)));
    if (to === undefined || to.table !== key || to.name === decodeName(token.kind, token.text)) return [];
    return [{ start: token.start, end: token.end, text: write(to.name) }];
  });
}

/** In the queries of a policy, columns of its own table have the name of the table before them. */
function ownColumns(
  statement: string,
  tokens: readonly Token[],
  places: Places,
  write: Writes,
): ReplacedPart[] {
  const { verb, objectType, on } = statementTarget(statement);
  if (verb !== 'CREATE' || objectType !== 'POLICY' || on?.schema === undefined) return [];
  const to = placeOf(places, { schema: on.schema, name: on.name });
  if (to === undefined || to.name === on.name) return [];
  return [...queryNames(tokens, (name) => name === on.name).columns].flatMap((at) => {
    const token = tokens[at];
    return token ? [{ start: token.start, end: token.end, text: write(to.name) }] : [];
  });
}

function affects({ schemas, objects, indexes }: Places, schema: string): boolean {
  if (schemas.has(schema)) return true;
  const prefix = `${quoteIdentifier(schema)}.`;
  return [...objects.keys(), ...indexes.keys()].some((key) => key.startsWith(prefix));
}

function isName({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted-name';
}
