import { statementTarget } from './statement-target.ts';
import { significantTokens, TokenReader } from './tokens.ts';

export interface NamedRelation {
  readonly schema: string;
  readonly name: string;
}

/** `ON DELETE …`: what PostgreSQL does with rows that refer to a deleted one. */
export type OnDelete = 'NO ACTION' | 'RESTRICT' | 'CASCADE' | 'SET NULL' | 'SET DEFAULT';

/** A foreign key as the statement that makes it says. */
export interface WrittenForeignKey {
  readonly name: string;
  readonly child: NamedRelation;
  readonly referenced: NamedRelation;
  readonly columns: ReadonlyArray<{ readonly child: string; readonly referenced: string }>;
  readonly onDelete: OnDelete;
  /** The columns that SET NULL and SET DEFAULT set: all, unless the statement names some (15 and later). */
  readonly setColumns: readonly string[];
}

/** Longer phrases first. */
const ON_DELETE = ['NO ACTION', 'SET DEFAULT', 'SET NULL', 'CASCADE', 'RESTRICT'] as const;

/** Reads `ALTER TABLE … ADD CONSTRAINT … FOREIGN KEY …`; undefined for another statement, and for a key with PERIOD. */
export function foreignKeyIn(statement: string): WrittenForeignKey | undefined {
  const begun = constraintIn(statement);
  if (!begun?.reader.readWords('FOREIGN KEY')) return undefined;
  const { reader, name, relation: child } = begun;
  const own = namesIn(reader);
  if (!own || !reader.readWords('REFERENCES')) return undefined;
  const referenced = relationIn(reader.readDottedName());
  const theirs = namesIn(reader);
  if (!referenced || theirs?.length !== own.length) return undefined;
  const action =
    reader.seekWord('DELETE') && reader.readWords('DELETE') ? reader.readOneOf(ON_DELETE) : undefined;
  const some = action?.startsWith('SET') ? namesIn(reader) : undefined;
  return {
    ...{ name, child, referenced },
    columns: own.map((column, at) => ({ child: column, referenced: String(theirs[at]) })),
    onDelete: (action ?? 'NO ACTION') as OnDelete,
    setColumns: some ?? own,
  };
}

/** Reads `ALTER TABLE … ADD CONSTRAINT … PRIMARY KEY (…)`; undefined for another statement. */
export function primaryKeyIn(
  statement: string,
): { readonly relation: NamedRelation; readonly columns: readonly string[] } | undefined {
  const begun = constraintIn(statement);
  if (!begun?.reader.readWords('PRIMARY KEY')) return undefined;
  const columns = namesIn(begun.reader);
  return columns && { relation: begun.relation, columns };
}

function constraintIn(statement: string) {
  if (statementTarget(statement).action !== 'ADD CONSTRAINT') return undefined;
  const reader = new TokenReader(significantTokens(statement));
  if (!reader.seekWord('TABLE')) return undefined;
  reader.skip();
  reader.readWords('ONLY');
  const relation = relationIn(reader.readDottedName());
  if (!relation || !reader.seekWord('CONSTRAINT')) return undefined;
  reader.skip();
  const name = reader.readName();
  return name === undefined ? undefined : { reader, relation, name };
}

function relationIn(parts: readonly string[] | undefined): NamedRelation | undefined {
  const [schema, name, more] = parts ?? [];
  return schema === undefined || name === undefined || more !== undefined ? undefined : { schema, name };
}

/** `(a, b)` */
function namesIn(reader: TokenReader): string[] | undefined {
  if (!reader.readPunctuation('(')) return undefined;
  const names: string[] = [];
  do {
    const name = reader.readName();
    if (name === undefined) return undefined;
    names.push(name);
  } while (reader.readPunctuation(','));
  return reader.readPunctuation(')') ? names : undefined;
}
