import { decodeName } from '../../sql-script/names.ts';
import { significantTokens } from '../../sql-script/tokens.ts';

/** A relation for which a statement was refused, because it is not loaded or does not exist. */
export interface MissingRelation {
  /** The name alone; the server names the schema only if the statement did. */
  readonly name: string;
  readonly schema?: string;
  /** Whether the relation exists and only lacks its rows. */
  readonly exists: boolean;
}

const INSUFFICIENT_PRIVILEGE = '42501';
const UNDEFINED_TABLE = '42P01';

/** Reads the missing relation from an error's fields, by their letter. The server's messages are English. */
export function missingRelation(error: ReadonlyMap<string, string>): MissingRelation | undefined {
  const message = error.get('M') ?? '';
  if (error.get('C') === INSUFFICIENT_PRIVILEGE) {
    const name = /^permission denied for table (.+)$/s.exec(message)?.[1];
    return name === undefined ? undefined : { name, exists: true };
  }
  if (error.get('C') !== UNDEFINED_TABLE) return undefined;
  const name = /^relation "(.+)" does not exist$/s.exec(message)?.[1];
  if (name === undefined) return undefined;
  // The server writes no quotes. The first dot may be part of a name, but hardly ever is.
  const dot = name.indexOf('.');
  return dot < 0
    ? { name, exists: false }
    : { schema: name.slice(0, dot), name: name.slice(dot + 1), exists: false };
}

/** Every name in these statements; none of a statement that cannot be read. */
export function namesIn(statements: readonly string[]): ReadonlySet<string> {
  return new Set(statements.flatMap(namesOf));
}

function namesOf(statement: string): string[] {
  try {
    return significantTokens(statement)
      .filter(({ kind }) => kind === 'word' || kind === 'quoted-name')
      .map(({ kind, text }) => decodeName(kind, text));
  } catch {
    // The server will report the unterminated quote.
    return [];
  }
}
