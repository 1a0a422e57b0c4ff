import { indexedTables } from './expected-work.ts';
import { indexCost } from './index-cost.ts';
import type { PlannedEntry, RestorePlan } from './restore-plan.ts';

/**
 * Measured on PostgreSQL 15 (test/bench/progress-shapes.ts): rows of 14 to 20,000 bytes take 1.03 times their COPY text and
 * 24 bytes each, for header and pointer. Values that TOAST compresses take less.
 */
const BYTES_PER_RAW_BYTE = 1.03;
const BYTES_PER_ROW = 24;

interface NeedsDisk extends Pick<RestorePlan, 'tables' | 'rawBytes' | 'rows'> {
  readonly entries: readonly Pick<PlannedEntry, 'type' | 'relation' | 'statements'>[];
  readonly backup: Pick<RestorePlan['backup'], 'schema'>;
}

/** Estimates the disk space that a restore takes in the target, with indexes and without write-ahead log. */
export function neededDiskBytes({ tables, entries, backup, rawBytes, rows }: NeedsDisk): number {
  const indexed = indexedTables({ tables, created: backup.schema.entries });
  const indexes = entries.reduce((sum, { type, relation = '', statements }) => {
    const table = type === 'INDEX' || type === 'CONSTRAINT' ? indexed.get(relation) : undefined;
    return sum + (table ? (indexCost(statements[0] ?? '', table)?.sizeBytes ?? 0) : 0);
  }, 0);
  return Math.round(rawBytes * BYTES_PER_RAW_BYTE + rows * BYTES_PER_ROW + indexes);
}
