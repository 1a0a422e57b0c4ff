import { readEntries } from '../sql-script/entries.ts';
import { foreignKeyIn, type NamedRelation } from '../sql-script/key-statements.ts';
import { holdsOtherBytes } from '../sql-script/script-text.ts';
import type { TargetStatementError } from '../target/target.ts';
import type { ForeignKey } from './target-table.ts';

export type { NamedRelation } from '../sql-script/key-statements.ts';

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
  const key = foreignKeyIn(statement);
  return (
    key && {
      ...{ name: key.name, child: key.child, referenced: key.referenced },
      columns: key.columns.map((pair) => ({ ...pair, equals: EQUALS })),
    }
  );
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
