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
  { entries }: Fingerprint,
): string | undefined {
  const sides = columns.flatMap((pair) => [
    qualified(child.schema, child.name, pair.child),
    qualified(referenced.schema, referenced.name, pair.referenced),
  ]);
  return sides.find((side) => {
    const facts = entries.find((entry) => entry.kind === 'column' && entry.name === side)?.facts;
    return facts?.collation !== undefined || PRINTED_IN_WAYS.test(String(facts?.type));
  });
}
