import { replayMismatch } from '../mismatch.ts';
import type { ReplayedTable } from '../replayed-table.ts';

/** Throws unless a statement touched as many rows as the changes say. */
export function checkCount(
  { name }: ReplayedTable,
  doing: 'insert' | 'delete' | 'complete',
  found: number,
  expected: number,
): void {
  if (found !== expected) throw replayMismatch(name, `${doing} ${expected} rows, and ${found} were found`);
}
