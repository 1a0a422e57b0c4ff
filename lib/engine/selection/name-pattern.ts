import { type PatternCharacter, readNamePattern } from '../../contract/name-patterns.ts';
import { LifeboatError } from '../ground/errors.ts';

/** A pattern for the names of schemas. */
export interface SchemaPattern {
  readonly text: string;
  /** Not one name but all of a kind, of which there may be none. */
  readonly isWild: boolean;
  matches(schema: string): boolean;
}

/** A pattern for the names of tables, views and sequences. */
export interface RelationPattern {
  readonly text: string;
  /** Not one name but all of a kind, of which there may be none. */
  readonly isWild: boolean;
  matches(schema: string, name: string): boolean;
}

/** Throws `selection-pattern-invalid`. */
export function schemaPattern(text: string): SchemaPattern {
  const [name, ...more] = partsOf(text);
  if (name === undefined || more.length > 0)
    throw invalid(text, 'a schema is written as one name, such as app or tenant_*');
  return { text, isWild: isWild(text), matches: (schema) => name.test(schema) };
}

/** Throws `selection-pattern-invalid`. */
export function relationPattern(text: string): RelationPattern {
  const [first, second, ...more] = partsOf(text);
  if (first === undefined || more.length > 0) {
    throw invalid(
      text,
      'a table is written with or without its schema, such as orders, app.orders or app.log_*',
    );
  }
  return {
    text,
    isWild: isWild(text),
    matches: (schema, name) =>
      second === undefined
        ? schema === 'public' && first.test(name)
        : first.test(schema) && second.test(name),
  };
}

function isWild(text: string): boolean {
  return /[*?]/.test(text.replaceAll(/"(?:[^"]|"")*"/g, ''));
}

/** Returns one regular expression for each name between dots. */
function partsOf(text: string): RegExp[] {
  const read = readNamePattern(text);
  if ('fault' in read) {
    throw invalid(text, read.fault === 'open quote' ? 'a double quote is not closed' : 'a name is empty');
  }
  return read.names.map((name) => new RegExp(`^${name.map(expressionOf).join('')}$`, 's'));
}

function expressionOf({ character, quoted }: PatternCharacter): string {
  if (!quoted && character === '*') return '.*';
  if (!quoted && character === '?') return '.';
  return RegExp.escape(quoted ? character : character.toLowerCase());
}

function invalid(text: string, reason: string): LifeboatError {
  return new LifeboatError({
    code: 'selection-pattern-invalid',
    kind: 'usage',
    what: `"${text}" is not a valid pattern for names: ${reason}.`,
  });
}
