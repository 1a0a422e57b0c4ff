import type { Manifest } from './manifest.ts';

/**
 * The totals of a manifest, computed the same way by who writes it and by who verifies it. `rows` counts the rows of
 * tables; `rawBytes` their COPY text and that of large objects; `storedBytes` every object but the manifest itself.
 */
export function totalsOf({
  tables,
  largeObjects,
  objects,
}: Pick<Manifest, 'tables' | 'largeObjects' | 'objects'>): Manifest['totals'] {
  const stored = [...tables.flatMap(({ chunks }) => chunks), ...largeObjects.chunks, ...objects];
  return {
    rows: sum(tables.map(({ rows }) => rows)),
    rawBytes: sum(tables.map(({ rawBytes }) => rawBytes)) + largeObjects.rawBytes,
    storedBytes: sum(stored.map(({ sizeBytes }) => sizeBytes)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
