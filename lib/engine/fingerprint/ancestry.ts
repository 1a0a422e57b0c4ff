import type { FingerprintEntry, ObjectName } from './fingerprint.ts';

/** The names of the direct parents of a table, by inheritance or partitioning. */
export function parentsOf(table: FingerprintEntry | undefined): string[] {
  const { inherits = [], partitionOf = [] } = table?.facts ?? {};
  return [inherits, partitionOf].flatMap((names) => (Array.isArray(names) ? names : []));
}

/** The name that a column, constraint or trigger of the same name has at another table. */
export function nameAt(
  { kind, name, parent }: ObjectName & { readonly parent?: ObjectName },
  table: string,
): string {
  const length = parent?.name.length ?? 0;
  return kind === 'column' ? `${table}${name.slice(length)}` : `${name.slice(0, -length)}${table}`;
}
