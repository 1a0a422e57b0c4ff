import { readEntries } from '../sql-script/entries.ts';
import { holdsOtherBytes } from '../sql-script/script-text.ts';
import { statementTarget } from '../sql-script/statement-target.ts';
import { significantTokens, TokenReader } from '../sql-script/tokens.ts';
import type { TargetStatementError } from '../target/target.ts';
import type { ForeignKey } from './target-table.ts';

export interface NamedRelation {
  readonly schema: string;
  readonly name: string;
}

/** A foreign key as far as rows are followed along it, in the backup and in the database. */
export interface WalkedKey {
  readonly name: string;
  readonly child: NamedRelation;
  readonly referenced: NamedRelation;
  /** Pairs of columns, and the operator that compares them: referenced, then referencing. */
  readonly columns: ForeignKey['columns'];
}

const EQUALS = 'OPERATOR(pg_catalog.=)';

/** The foreign keys that post-data.sql creates. One with PERIOD is left out: it refers to several rows at once. */
export function keysInScript(postData: string): WalkedKey[] {
  const keys: WalkedKey[] = [];
  for (const { type, statements } of readEntries(postData).entries) {
    if (type !== 'FK CONSTRAINT') continue;
    for (const { text } of statements) {
      const key = holdsOtherBytes(text) ? undefined : keyIn(text);
      if (key) keys.push(key);
    }
  }
  return keys;
}

function keyIn(statement: string): WalkedKey | undefined {
  if (statementTarget(statement).action !== 'ADD CONSTRAINT') return undefined;
  const reader = new TokenReader(significantTokens(statement));
  if (!reader.seekWord('TABLE')) return undefined;
  reader.skip();
  reader.readWords('ONLY');
  const child = relationIn(reader.readDottedName());
  if (!child || !reader.seekWord('CONSTRAINT')) return undefined;
  reader.skip();
  const constraint = reader.readName();
  if (constraint === undefined || !reader.readWords('FOREIGN KEY')) return undefined;
  const own = namesIn(reader);
  if (!own || !reader.readWords('REFERENCES')) return undefined;
  const referenced = relationIn(reader.readDottedName());
  const theirs = namesIn(reader);
  if (!referenced || theirs?.length !== own.length) return undefined;
  return {
    name: constraint,
    child,
    referenced,
    columns: own.map((column, at) => ({ child: column, referenced: String(theirs[at]), equals: EQUALS })),
  };
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

/**
 * The keys of the database and those of the backup that the database no longer has: what belonged to a row then is still
 * what people mean by it.
 */
export function walkedKeys(today: readonly ForeignKey[], inBackup: readonly WalkedKey[]): WalkedKey[] {
  const now: WalkedKey[] = today
    .filter(({ parent }) => parent === 0 || !today.some(({ oid }) => oid === parent))
    .map(({ name, child, referenced, columns }) => ({ name, child, referenced, columns }));
  const known = new Set(now.map(sameAs));
  return [...now, ...inBackup.filter((key) => !known.has(sameAs(key)))];
}

function sameAs({ child, referenced, columns }: WalkedKey): string {
  const pairs = columns.map((pair) => [pair.child, pair.referenced]).sort();
  return JSON.stringify([child.schema, child.name, referenced.schema, referenced.name, pairs]);
}

/**
 * Whether two columns cannot be compared on one of the two sides: undefined function, ambiguous function, datatype
 * mismatch.
 */
export function isOfTypes({ sqlState }: TargetStatementError): boolean {
  return ['42883', '42725', '42804'].includes(sqlState);
}
