import type { Fingerprint } from '../fingerprint/fingerprint.ts';

/** Columns of primary keys in their order, by the table's identity in a fingerprint: `public.users`. */
export function primaryKeys({ entries }: Fingerprint): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const { kind, parent, facts } of entries) {
    if (kind !== 'constraint' || facts.type !== 'primary key' || !parent) continue;
    const columns = Array.isArray(facts.columns) ? facts.columns.flatMap(keyColumn) : [];
    keys.set(parent.name, columns);
  }
  return keys;
}

/** Reads `id` or `"Odd name" desc`. A column that is only included is not part of the key. */
function keyColumn(described: string): string[] {
  const [name] = /^(?:"(?:[^"]|"")*"|[^ ]+)/.exec(described) ?? [];
  if (name === undefined || described.slice(name.length).startsWith(' included')) return [];
  return [name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name];
}
