import type { KeptRow, RowHeaps } from './row-heap.ts';

/** A row that differs between the two sides: COPY text of its key, as latin1, and of its columns. */
export interface DifferentRow {
  readonly key: string;
  readonly backup?: Buffer | undefined;
  readonly source?: Buffer | undefined;
}

export interface RowDifferences {
  deleted: number;
  added: number;
  changed: number;
  readonly examples: {
    readonly deleted: DifferentRow[];
    readonly added: DifferentRow[];
    readonly changed: DifferentRow[];
  };
}

interface Waiting extends KeptRow {
  /** How often the row occurs; a table without a key may have equal rows. */
  count: number;
}

export function noDifferences(): RowDifferences {
  return { deleted: 0, added: 0, changed: 0, examples: { deleted: [], added: [], changed: [] } };
}

/** How a row differs: only the backup has it, both have it with other values, or only the source has it. */
export type DifferenceKind = 'deleted' | 'changed' | 'added';

export interface Difference extends DifferentRow {
  readonly kind: DifferenceKind;
  /** How often it is so: only a table without a key has the same row several times. */
  readonly count: number;
}

/** Counts the differences and keeps the first `limit` of each kind. */
export async function joinRows(
  backup: RowHeaps,
  source: RowHeaps,
  heaps: number,
  limit: number,
): Promise<RowDifferences> {
  const differences = noDifferences();
  for await (const batch of differencesOf(backup, source, heaps)) {
    for (const { kind, count, ...row } of batch) {
      differences[kind] += count;
      if (differences.examples[kind].length < limit) differences.examples[kind].push(row);
    }
  }
  return differences;
}

/**
 * Looks for each row of the backup among those of the source, heap by heap. A row that is not found was
 * deleted; one that has another hash was changed; a row of the source that is left over was added.
 */
export async function* differencesOf(
  backup: RowHeaps,
  source: RowHeaps,
  heaps: number,
): AsyncGenerator<readonly Difference[]> {
  for (let heap = 0; heap < heaps; heap += 1) {
    const waiting = new Map<string, Waiting>();
    for await (const rows of source.rows(heap)) {
      for (const row of rows) {
        const same = waiting.get(row.key);
        if (same) same.count += 1;
        else waiting.set(row.key, { ...row, count: 1 });
      }
    }
    for await (const rows of backup.rows(heap)) {
      const batch: Difference[] = [];
      for (const { key, hash, line } of rows) {
        const found = waiting.get(key);
        if (!found) {
          batch.push({ kind: 'deleted', count: 1, key, backup: line });
          continue;
        }
        if (found.hash !== hash) {
          batch.push({ kind: 'changed', count: 1, key, backup: line, source: found.line });
        }
        if (found.count > 1) found.count -= 1;
        else waiting.delete(key);
      }
      yield batch;
    }
    const left: Difference[] = [];
    for (const { key, line, count } of waiting.values())
      left.push({ kind: 'added', count, key, source: line });
    yield left;
  }
}
