import { decodeName } from '../../sql-script/names.ts';
import { significantTokens } from '../../sql-script/tokens.ts';

/** A relation that a statement was refused for, because it is not loaded, or not there. */
export interface MissingRelation {
  /** Without its schema, unless the server named that too. */
  readonly name: string;
  readonly schema?: string;
  /** Whether the relation is there, and only its rows are not. */
  readonly exists: boolean;
}

const INSUFFICIENT_PRIVILEGE = '42501';
const UNDEFINED_TABLE = '42P01';

/** Read from an error's fields, by their letter. The embedded server speaks English. */
export function missingRelation(error: ReadonlyMap<string, string>): MissingRelation | undefined {
  const message = error.get('M') ?? '';
  if (error.get('C') === INSUFFICIENT_PRIVILEGE) {
    const name = /^permission denied for table (.+)$/s.exec(message)?.[1];
    return name === undefined ? undefined : { name, exists: true };
  }
  if (error.get('C') !== UNDEFINED_TABLE) return undefined;
  const name = /^relation "(.+)" does not exist$/s.exec(message)?.[1];
  if (name === undefined) return undefined;
  // Written without quotes: the first dot may be part of either name, but hardly ever is.
  const dot = name.indexOf('.');
  return dot < 0
    ? { name, exists: false }
    : { schema: name.slice(0, dot), name: name.slice(dot + 1), exists: false };
}

/** Every name that stands in these statements, as far as they can be read. */
export function namesIn(statements: readonly string[]): ReadonlySet<string> {
  return new Set(statements.flatMap(namesOf));
}

function namesOf(statement: string): string[] {
  try {
    return significantTokens(statement)
      .filter(({ kind }) => kind === 'word' || kind === 'quoted-name')
      .map(({ kind, text }) => decodeName(kind, text));
  } catch {
    // A quote without end: the server will say so.
    return [];
  }
}
