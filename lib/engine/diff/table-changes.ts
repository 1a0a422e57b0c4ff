import { compareFingerprints } from '../fingerprint/compare-fingerprints.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { nameOf } from '../fingerprint/identity.ts';

/** Facts of a column that decide which values it may have. */
const OF_VALUES: ReadonlySet<string> = new Set(['type', 'collation', 'notNull', 'identity', 'generated']);
/** Facts of a table that decide where its rows are stored, and in which order of columns. */
const OF_ROWS: ReadonlySet<string> = new Set([
  ...['columnOrder', 'inherits', 'partitionOf', 'partitionStrategy', 'partitionKey'],
]);

/**
 * The changes of the tables themselves, by their identity, a clause each: columns of another type, generated
 * columns that are gone or new, a partition that moved. A table with such a change differs, whatever its rows
 * are. The comparison of rows reports other columns that are gone or new, and primary keys.
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

/** Kinds of the source's relations other than tables, by identity: one may have taken a table's name. */
export function otherRelations({ entries }: Fingerprint): ReadonlyMap<string, string> {
  const kinds: readonly string[] = ['view', 'materialized view', 'foreign table', 'sequence'];
  return new Map(entries.filter(({ kind }) => kinds.includes(kind)).map(({ kind, name }) => [name, kind]));
}
