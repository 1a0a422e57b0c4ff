import { compareFingerprints } from '../fingerprint/compare-fingerprints.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { nameOf } from '../fingerprint/identity.ts';

/** Facts of a column that say what its values are, or may be. */
const OF_VALUES: ReadonlySet<string> = new Set(['type', 'collation', 'notNull', 'identity', 'generated']);
/** Facts of a table that say where its rows are, and how they lie in it. */
const OF_ROWS: ReadonlySet<string> = new Set([
  ...['columnOrder', 'inherits', 'partitionOf', 'partitionStrategy', 'partitionKey'],
]);

/**
 * What is not as it was in the tables themselves, by their identity, a clause each: columns of another type, generated ones that
 * went or came, a partition that moved. A table of which that is true is not the same, whatever its rows are. Columns that
 * have rows' values, and primary keys, the comparison of rows tells of.
 */
export function tableChanges(
  backup: Fingerprint,
  source: Fingerprint,
): ReadonlyMap<string, readonly string[]> {
  const changes = new Map<string, string[]>();
  const tell = (table: string, change: string) => changes.set(table, [...(changes.get(table) ?? []), change]);
  const generated = new Set(
    [...backup.entries, ...source.entries]
      .filter(({ kind, facts }) => kind === 'column' && facts.generated !== undefined)
      .map(({ name }) => name),
  );
  for (const { kind, name, parent, verdict, layer, differences = [] } of compareFingerprints(
    backup,
    source,
  )) {
    if (layer !== 'facts' || verdict === 'match') continue;
    const facts = (of: ReadonlySet<string>) =>
      differences.map(({ fact }) => fact).filter((fact) => of.has(fact));
    const how = { missing: 'is gone', extra: 'is new' }[verdict as string];
    if (kind === 'column' && parent?.kind === 'table') {
      const changed = facts(OF_VALUES);
      const column = nameOf(name.slice(parent.name.length + 1));
      if (how !== undefined && generated.has(name))
        tell(parent.name, `the generated column ${column} ${how}`);
      else if (changed.length > 0) tell(parent.name, `the column ${column} has another ${words(changed)}`);
    } else if (kind === 'table' && verdict === 'differs') {
      const changed = facts(OF_ROWS);
      if (changed.length > 0) tell(name, `the table has another ${words(changed)}`);
    }
  }
  return changes;
}

function words(facts: readonly string[]): string {
  return facts.map((fact) => fact.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)).join(', ');
}

/** Relations of the source that are no tables, by identity: what became of a table whose name one of them has. */
export function otherRelations({ entries }: Fingerprint): ReadonlyMap<string, string> {
  const kinds: readonly string[] = ['view', 'materialized view', 'foreign table', 'sequence'];
  return new Map(entries.filter(({ kind }) => kinds.includes(kind)).map(({ kind, name }) => [name, kind]));
}
