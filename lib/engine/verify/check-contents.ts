import type { Manifest, TableData } from '../archive/manifest.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { qualified } from '../fingerprint/identity.ts';
import { type Inconsistency, tableName, WHOLE_MANIFEST } from './check-manifest.ts';

/**
 * Checks that the manifest has the rows of every table, column by column, and the value of every sequence
 * that the fingerprint shows: the two were written from the same snapshot, by different code. A table that is
 * missing from the manifest would be missing from every sum, and so from every proof.
 */
export function contentProblems(manifest: Manifest, { entries }: Fingerprint): Inconsistency[] {
  const carried = new Map(manifest.tables.map((table) => [qualified(table.schema, table.name), table]));
  const sequences = new Set(manifest.sequences.map(({ schema, name }) => qualified(schema, name)));
  const columns = Map.groupBy(
    entries.filter(({ kind, facts }) => kind === 'column' && facts.generated === undefined),
    ({ parent }) => parent?.name,
  );
  return entries.flatMap(({ kind, name, facts }): Inconsistency[] => {
    // A partitioned table's rows are in its partitions.
    if (kind === 'table' && facts.partitionStrategy === undefined) {
      const table = carried.get(name);
      if (!table) return [{ name: WHOLE_MANIFEST, problem: `does not list the table ${name}` }];
      const expected = (columns.get(name) ?? []).map((column) => column.name);
      return sameColumns(table, expected)
        ? []
        : [
            {
              name: tableName(table),
              problem: 'lists other columns than the table had, or in another order',
            },
          ];
    }
    const isMissing = kind === 'sequence' && !sequences.has(name) && !isUnread(facts, manifest);
    return isMissing ? [{ name: WHOLE_MANIFEST, problem: `does not list the sequence ${name}` }] : [];
  });
}

function sameColumns({ schema, name, columns }: TableData, expected: readonly string[]): boolean {
  return (
    columns.length === expected.length &&
    columns.every((column, index) => qualified(schema, name, column) === expected[index])
  );
}

/** A standby has no values of unlogged sequences. */
function isUnread(facts: Fingerprint['entries'][number]['facts'], { server }: Manifest): boolean {
  return server.standby && facts.unlogged === true;
}
