import type { QueryRows } from '../../connection/query-rows.ts';
import { isAtRest } from '../at-rest.ts';
import { SchemaChangedError } from '../refuse-changed-schema.ts';
import { type PrintingRow, readPrintingRows } from './printing-catalog.ts';

/** A transaction that has read rows under one snapshot and still holds its locks. */
export interface ReadSnapshot {
  readonly query: QueryRows;
  readonly major: number;
  /** pg_current_snapshot() */
  readonly snapshot: string;
  readonly standby: boolean;
}

/**
 * Throws {@link SchemaChangedError} if anything that decides how the rows of `tables` (OIDs) are printed
 * differs from what the snapshot shows. Call it after the last row was received. `newest` must query the same
 * server in a session without an open transaction, so that it sees what is committed now
 * (docs/decisions/0016-rows-are-printed-by-the-newest-catalog.md).
 */
export async function refuseChangedPrinting(
  before: ReadSnapshot,
  newest: QueryRows,
  tables: readonly number[],
): Promise<void> {
  if (tables.length === 0) return;
  const [now] = await newest(`
    SELECT pg_catalog.pg_current_snapshot()::text AS snapshot,
           pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS reads_authid`);
  if (isAtRest(before, now?.snapshot)) return;
  const options = { major: before.major, tables, readsAuthId: now?.reads_authid === true };
  const [shown, current] = await Promise.all([
    readPrintingRows(before.query, options),
    readPrintingRows(newest, options),
  ]);
  const changed = changedNames(shown, current);
  if (changed.length > 0) throw new SchemaChangedError(changed, 'rows');
}

/** The changed objects, with the names that they had in the snapshot. */
function changedNames(shown: readonly PrintingRow[], current: readonly PrintingRow[]): string[] {
  const versions = new Map(current.map(({ key, version }) => [key, version]));
  const known = new Set(shown.map(({ key }) => key));
  const changed = shown.filter(({ key, version }) => versions.get(key) !== version);
  const added = current.filter(({ key, countsWhenAdded }) => countsWhenAdded && !known.has(key));
  return [...new Set([...changed, ...added].map(({ name }) => name))];
}
