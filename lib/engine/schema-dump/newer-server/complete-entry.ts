import { LifeboatError } from '../../ground/errors.ts';
import { splitStatements } from '../../sql-script/statements.ts';
import { significantTokens, type Token, wordOf } from '../../sql-script/tokens.ts';

/** What one entry of the dump lacks. */
export interface AddedClause {
  readonly part: keyof typeof PLACES;
  /** What is written, quoted as SQL wants it; one character a byte. */
  readonly text: string;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Where a clause goes, by the tokens of pg_dump's CREATE statement. Undefined: the statement is not as it is known. */
type Place = (tokens: readonly Token[], clause: string) => Edit | undefined;

const PLACES = {
  /** Behind the name, in the place of FOR ALL TABLES: `CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert')`. */
  'publication objects': (tokens, clause) => {
    const name = tokens[2];
    const rest = tokens.slice(3).find((token) => token.depth === 0 && wordOf(token) === 'WITH');
    return name && rest && { start: name.end, end: rest.start, text: ` FOR ${clause} ` };
  },
  /** `CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION …`; a subscription may be called connection, too. */
  'subscription server': (tokens, clause) => {
    const at = tokens.findIndex(
      ({ kind }, index) => kind === 'string' && wordOf(tokens[index - 1]) === 'CONNECTION',
    );
    const [word, value] = [tokens[at - 1], tokens[at]];
    return word && value && { start: word.start, end: value.end, text: `SERVER ${clause}` };
  },
  'subscription options': (tokens, clause) => atEndOfList(tokens, `, ${clause}`),
  'aggregate support': (tokens, clause) => atEndOfList(tokens, `,\n    SUPPORT = ${clause}`),
  /** Before the options, if there are any: `CREATE FOREIGN DATA WRAPPER w HANDLER h OPTIONS (…)`. */
  'wrapper connection': (tokens, clause) => {
    const options = tokens.findIndex((token, index) => index > 4 && wordOf(token) === 'OPTIONS');
    const last = options === -1 ? tokens.findLast(({ text }) => text !== ';') : tokens[options - 1];
    return last && { start: last.end, end: last.end, text: ` CONNECTION ${clause}` };
  },
} as const satisfies Record<string, Place>;

/** Writes the clauses into the CREATE statement of an entry. Throws where that is not as pg_dump 18 is known to write it. */
export function completeEntry(entry: string, clauses: readonly AddedClause[]): string {
  return clauses.reduce((text, { part, text: clause }) => {
    const create = splitStatements(text).find((statement) => statement.text.startsWith('CREATE '));
    const edit = create && PLACES[part](significantTokens(create.text), clause);
    if (create === undefined || edit === undefined) throw notAsKnown(part);
    return `${text.slice(0, create.start + edit.start)}${edit.text}${text.slice(create.start + edit.end)}`;
  }, entry);
}

/** Behind the last item of the list in parentheses that ends the statement. */
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
