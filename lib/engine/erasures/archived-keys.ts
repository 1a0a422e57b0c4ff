import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { qualified } from '../fingerprint/identity.ts';
import { readEntries } from '../sql-script/entries.ts';
import {
  foreignKeyIn,
  type NamedRelation,
  primaryKeyIn,
  type WrittenForeignKey,
} from '../sql-script/key-statements.ts';

/** Equal values of these types may be printed in several ways. */
const PRINTED_IN_WAYS = /^(?:numeric|character\(|real|double|interval|json|.*citext)/;

/** The foreign keys that post-data.sql makes. */
export function foreignKeysOf(postData: string): WrittenForeignKey[] {
  return readEntries(postData).entries.flatMap(({ type, statements }) =>
    type === 'FK CONSTRAINT' ? statements.flatMap(({ text }) => foreignKeyIn(text) ?? []) : [],
  );
}

/** The columns of a table's primary key; undefined if post-data.sql makes none. */
export function primaryKeyOf(
  { schema, name }: NamedRelation,
  postData: string,
): readonly string[] | undefined {
  return readEntries(postData)
    .entries.flatMap(({ type, statements }) =>
      type === 'CONSTRAINT' ? statements.flatMap(({ text }) => primaryKeyIn(text) ?? []) : [],
    )
    .find(({ relation }) => relation.schema === schema && relation.name === name)?.columns;
}

/** A column of the key whose values cannot be compared as they are printed. */
export function printedInWays(
  { child, referenced, columns }: WrittenForeignKey,
  { entries }: Pick<Fingerprint, 'entries'>,
): string | undefined {
  const factsOf = (side: string) =>
    entries.find((entry) => entry.kind === 'column' && entry.name === side)?.facts;
  const typeOf = (side: string) => baseOf(String(factsOf(side)?.type), entries);
  return columns
    .map((pair) => [
      qualified(child.schema, child.name, pair.child),
      qualified(referenced.schema, referenced.name, pair.referenced),
    ])
    .flatMap(([own = '', other = '']) => {
      const ways = [own, other].filter(
        (side) => factsOf(side)?.collation !== undefined || PRINTED_IN_WAYS.test(typeOf(side)),
      );
      // A date and a timestamp may be equal, and are printed otherwise.
      return ways.length > 0 || familyOf(typeOf(own)) === familyOf(typeOf(other)) ? ways : [own];
    })
    .at(0);
}

/** Domains of domains end, because PostgreSQL lets nobody make a circle; a damaged archive might hold one. */
const MOST_DOMAINS = 32;

function baseOf(type: string, entries: Fingerprint['entries']): string {
  let base = type;
  for (let depth = 0; depth < MOST_DOMAINS; depth += 1) {
    const facts = entries.find(({ kind, name }) => kind === 'domain' && name === base)?.facts;
    if (!facts) break;
    base = String(facts.base);
  }
  return base;
}

/** Types whose equal values are printed alike have one family. */
function familyOf(type: string): string {
  if (/^(?:smallint|integer|bigint)$/.test(type)) return 'whole number';
  if (/^(?:text|name|character varying)/.test(type)) return 'text';
  return type.replace(/\([^)]*\)/, '');
}
