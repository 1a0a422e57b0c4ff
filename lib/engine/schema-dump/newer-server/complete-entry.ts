import { LifeboatError } from '../../ground/errors.ts';
import { splitStatements } from '../../sql-script/statements.ts';
import { significantTokens, type Token, wordOf } from '../../sql-script/tokens.ts';

/** A clause that one entry of the dump lacks. */
export interface AddedClause {
  readonly part: keyof typeof PLACES;
  /** The text of the clause, quoted for SQL, with one character per byte. */
  readonly text: string;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Finds the place of a clause in pg_dump's CREATE statement. Undefined if the statement has an unknown form.
 */
type Place = (tokens: readonly Token[], clause: string) => Edit | undefined;

const PLACES = {
  /** After the name, like FOR ALL TABLES: `CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert')`. */
  'publication objects': (tokens, clause) => {
    const name = tokens[2];
    const rest = tokens.slice(3).find((token) => token.depth === 0 && wordOf(token) === 'WITH');
    return name && rest && { start: name.end, end: rest.start, text: ` FOR ${clause} ` };
  },
  /** `CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION …`. A subscription may itself be named connection. */
  'subscription server': (tokens, clause) => {
    const at = tokens.findIndex(
      ({ kind }, index) => kind === 'string' && wordOf(tokens[index - 1]) === 'CONNECTION',
    );
    const [word, value] = [tokens[at - 1], tokens[at]];
    return word && value && { start: word.start, end: value.end, text: `SERVER ${clause}` };
  },
  'subscription options': (tokens, clause) => atEndOfList(tokens, `, ${clause}`),
  'aggregate support': (tokens, clause) => atEndOfList(tokens, `,\n    SUPPORT = ${clause}`),
  /** Before any options: `CREATE FOREIGN DATA WRAPPER w HANDLER h OPTIONS (…)`. */
  'wrapper connection': (tokens, clause) => {
    const options = tokens.findIndex((token, index) => index > 4 && wordOf(token) === 'OPTIONS');
    const last = options === -1 ? tokens.findLast(({ text }) => text !== ';') : tokens[options - 1];
    return last && { start: last.end, end: last.end, text: ` CONNECTION ${clause}` };
  },
} as const satisfies Record<string, Place>;

/**
 * Adds the clauses to the CREATE statement of an entry. Throws if the statement does not have pg_dump 18's
 * form.
 */
export function completeEntry(entry: string, clauses: readonly AddedClause[]): string {
  return clauses.reduce((text, { part, text: clause }) => {
    const create = splitStatements(text).find((statement) => statement.text.startsWith('CREATE '));
    const edit = create && PLACES[part](significantTokens(create.text), clause);
    if (create === undefined || edit === undefined) throw notAsKnown(part);
    return `${text.slice(0, create.start + edit.start)}${edit.text}${text.slice(create.start + edit.end)}`;
  }, entry);
}

/** After the last item of the parenthesized list at the end of the statement. */
function atEndOfList(tokens: readonly Token[], text: string): Edit | undefined {
  const end = tokens.findLastIndex((token) => token.depth === 0 && token.text === ')');
  const last = tokens[end - 1];
  return last && { start: last.end, end: last.end, text };
}

function notAsKnown(part: string): LifeboatError {
  return new LifeboatError({
    code: 'schema-dump-incomplete',
    kind: 'internal',
    what: `The ${part} of this newer PostgreSQL could not be added to the statement that pg_dump wrote.`,
    meaning:
      'This Lifeboat does not know this form of the statement, so the backup would have lost the clause.',
    remedy: 'Report it with the versions of the server and of Lifeboat.',
  });
}
