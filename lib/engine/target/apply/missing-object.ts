import type { TargetStatementError } from '../target.ts';
import { spaceOfWord } from './name-spaces.ts';

/** The object that a refused statement did not find. */
export interface MissingObject {
  readonly space: string;
  /**
   * The name in the message: `public.users`, and a routine without arguments. Absent if the message has none.
   */
  readonly name?: string;
  /** For an operator: every word of `integer public.&& integer`. */
  readonly words?: readonly string[];
}

/**
 * undefined_object, _function, _table, _column, invalid_schema_name; invalid_foreign_key: PostgreSQL manual,
 * "Error Codes".
 */
const SQLSTATES: ReadonlySet<string> = new Set([
  ...['42704', '42883', '42P01', '42703', '3F000', '42830'],
  // invalid_function_definition: an aggregate or function of a type that is only a shell.
  '42P13',
]);

/** Registered as `type using access method`. */
export const DEFAULT_OPERATOR_CLASS = 'default operator class';

type Reading = (message: string) => MissingObject | undefined;

/**
 * One reader for each form of PostgreSQL's messages, longer ones first. Names in messages are not escaped or
 * folded.
 */
const READINGS: readonly Reading[] = [
  (message) => named(/^([a-z][a-z -]*) "(.+)" does not exist for access method ".+"$/s.exec(message)),
  (message) => named(/^(collation) "(.+)" for encoding ".+" does not exist$/s.exec(message)),
  (message) => named(/^([a-z][a-z -]*) "(.+)" (?:for|of) [a-z]+ ".+" does not exist$/s.exec(message)),
  (message) => named(/^([a-z][a-z -]*) "(.+)" (?:does not exist|is only a shell)$/s.exec(message)),
  (message) => named(/^(function|procedure|aggregate) (.+?)\(.*\) does not exist$/s.exec(message)),
  (message) => named(/^(type) (.+) (?:does not exist|is only a shell)$/s.exec(message)),
  (message) => {
    const found = /(?:accept|return) shell type (.+)$/s.exec(message);
    return found?.[1] === undefined ? undefined : { space: 'type', name: found[1] };
  },
  (message) => {
    // A cast has no name. It is identified by the name in pg_dump's header.
    const found = /^cast from type (.+) to type (.+) does not exist$/s.exec(message);
    return found ? { space: 'cast', name: `CAST (${found[1]} AS ${found[2]})` } : undefined;
  },
  (message) => {
    const found = /^operator does not exist: (.+)$/s.exec(message);
    return found?.[1] === undefined ? undefined : { space: 'operator', words: found[1].split(' ') };
  },
  (message) => {
    const found = /^data type (.+) has no default operator class for access method "(.+)"/s.exec(message);
    return found ? { space: DEFAULT_OPERATOR_CLASS, name: `${found[1]} using ${found[2]}` } : undefined;
  },
  (message) => {
    const found = /^there is no unique constraint .* referenced table "(.+)"$/s.exec(message);
    return found?.[1] === undefined ? undefined : { space: 'unique constraint', name: found[1] };
  },
];

/** Reads the missing object from an error. Undefined if the error is about something else. */
export function missingObject(
  error: Pick<TargetStatementError, 'sqlState' | 'message'>,
): MissingObject | undefined {
  if (!SQLSTATES.has(error.sqlState)) return undefined;
  for (const reading of READINGS) {
    const missing = reading(error.message);
    if (missing) return missing;
  }
  return undefined;
}

/** `type "public.geometry"`, for sentences. */
export function nameOfMissing({ space, name, words }: MissingObject): string {
  const named = words?.join(' ') ?? name;
  return `${space === DEFAULT_OPERATOR_CLASS ? 'a ' : ''}${space} ${space === DEFAULT_OPERATOR_CLASS ? 'for ' : ''}${named}`;
}

/** The name with its schema, if the message gives one. */
export function qualifiedNameOf({ name, words }: MissingObject): string | undefined {
  return words?.find((word) => word.includes('.')) ?? name;
}

/** Kinds of objects without a schema that an extension can create. */
const WITHOUT_SCHEMA: ReadonlySet<string> = new Set([
  'access method',
  DEFAULT_OPERATOR_CLASS,
  'foreign data wrapper',
  'language',
  'schema',
  'server',
]);

/**
 * Whether the object can belong to an extension. pg_dump writes the schema before every name that is not
 * PostgreSQL's own, so a name without a schema is PostgreSQL's own. Roles and columns never belong to an
 * extension.
 */
export function canBeOfExtension(missing: MissingObject): boolean {
  const { space } = missing;
  if (space === 'column' || space === 'role') return false;
  const qualified = qualifiedNameOf(missing);
  if (qualified?.startsWith('pg_catalog.')) return false;
  return WITHOUT_SCHEMA.has(space) || (qualified?.includes('.') ?? false);
}

function named(found: RegExpExecArray | null): MissingObject | undefined {
  const [, word, name] = found ?? [];
  if (word === undefined || name === undefined) return undefined;
  // The message names an array of the missing type.
  return { space: spaceOfWord(word), name: word === 'type' ? name.replace(/(?:\[\])+$/, '') : name };
}
