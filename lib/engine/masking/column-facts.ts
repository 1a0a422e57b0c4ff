import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { identifier, nameOf, qualified } from '../fingerprint/identity.ts';
import { type ColumnType, columnType } from './rules/column-type.ts';

/** A foreign key, by identities of tables. */
export interface Reference {
  readonly name: string;
  readonly from: string;
  readonly columns: readonly string[];
  readonly to: string;
  readonly referenced: readonly string[];
}

/** What masks have to know of the archived catalog. Tables are named by their identities. */
export interface ColumnFacts {
  type(schema: string, table: string, column: string): ColumnType;
  isNotNull(schema: string, table: string, column: string): boolean;
  /** Sets of columns that are unique together. */
  unique(schema: string, table: string): ReadonlyArray<readonly string[]>;
  readonly references: readonly Reference[];
}

const IDENTITY = /"(?:[^"]|"")*"|[^".]+/g;

export function columnFacts({ entries }: Fingerprint): ColumnFacts {
  const domains = new Map(
    entries.flatMap(({ kind, name, facts }) => (kind === 'domain' ? [[name, String(facts.base)]] : [])),
  );
  const columns = new Map(entries.flatMap((one) => (one.kind === 'column' ? [[one.name, one.facts]] : [])));
  const uniques = new Map<string, string[][]>();
  const references: Reference[] = [];
  for (const { kind, parent, facts, name } of entries) {
    if (!parent || (kind !== 'constraint' && kind !== 'index')) continue;
    if (kind === 'constraint' && facts.type === 'foreign key') {
      const [columns, referenced] = [listOf(facts.columns), listOf(facts.referencedColumns)];
      references.push({ name, from: parent.name, columns, to: plain(String(facts.references)), referenced });
      continue;
    }
    const isUnique = facts.type === 'primary key' || facts.type === 'unique' || facts.unique === true;
    if (!isUnique) continue;
    const keys = listOf(facts.columns).filter((one) => !/ included$/.test(one));
    uniques.set(parent.name, [...(uniques.get(parent.name) ?? []), keys.map(columnOfKey)]);
  }
  const factsOf = (schema: string, table: string, column: string) =>
    columns.get(qualified(schema, table, column));
  return {
    references,
    type: (schema, table, column) =>
      columnType(String(factsOf(schema, table, column)?.type ?? 'unknown'), domains),
    isNotNull: (schema, table, column) => factsOf(schema, table, column)?.notNull === true,
    unique: (schema, table) => uniques.get(qualified(schema, table)) ?? [],
  };
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** `email`, `"Odd name" text_pattern_ops desc`: the name of the column; an expression has none. */
function columnOfKey(key: string): string {
  return nameOf(/^"(?:[^"]|"")*"|^[^ ]+/.exec(key)?.[0] ?? key);
}

/** regclass quotes key words, and an identity does not. */
function plain(name: string): string {
  return (name.match(IDENTITY) ?? []).map((part) => identifier(nameOf(part))).join('.');
}
