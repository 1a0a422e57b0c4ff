import type { Fingerprint } from './fingerprint.ts';
import { withoutKeywordQuotes } from './identity.ts';

/**
 * The tables that inherit from one of these, however far, by their identities. Partitions are no heirs: their rows are those of
 * their partitioned table. A query on a table shows the rows of its heirs, too; a backup holds them as tables of their own.
 */
export function heirsOf({ entries }: Pick<Fingerprint, 'entries'>, tables: readonly string[]): string[] {
  const known = new Set(tables);
  const children = entries.flatMap(({ kind, name, facts }) =>
    kind === 'table' && Array.isArray(facts.inherits)
      ? [{ name, parents: facts.inherits.map((parent) => withoutKeywordQuotes(String(parent))) }]
      : [],
  );
  for (let before = 0; before < known.size; ) {
    before = known.size;
    for (const { name, parents } of children)
      if (parents.some((parent) => known.has(parent))) known.add(name);
  }
  return [...known].slice(tables.length).toSorted();
}
