import type { Manifest } from './manifest.ts';
import { rowsObjects } from './stored-objects.ts';

/**
 * The totals of a manifest. Backup and verify both compute them with this function. `rows` counts the rows of
 * tables, `rawBytes` their COPY text and that of large objects, `storedBytes` all objects except the
 * manifest.
 */
export function totalsOf({
  tables,
  largeObjects,
  objects,
}: Pick<Manifest, 'tables' | 'largeObjects' | 'objects'>): Manifest['totals'] {
  const stored = [...rowsObjects({ tables, largeObjects }), ...objects];
  return {
    rows: sum(tables.map(({ rows }) => rows)),
    rawBytes: sum(tables.map(({ rawBytes }) => rawBytes)) + largeObjects.rawBytes,
    storedBytes: sum(stored.map(({ sizeBytes }) => sizeBytes)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
