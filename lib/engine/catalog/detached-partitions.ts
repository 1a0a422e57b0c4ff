import type { QueryRows } from '../connection/query-rows.ts';
import { catalogMajor } from './catalog-major.ts';

/** pg_inherits.inhdetachpending is new in 14, with DETACH PARTITION … CONCURRENTLY (release notes). */
export const FIRST_MAJOR_WITH_PENDING_DETACH = 14;

/**
 * A partition whose detach is pending: queries of the parent skip it, but the catalog still calls it a
 * partition.
 */
export interface DetachedPartition {
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  /** Whether it has partitions of its own. */
  readonly partitioned: boolean;
  /** Names, in its own schema, of its indexes that are attached to indexes of its parent. */
  readonly indexes: readonly string[];
  /** Foreign keys that it has through its parent, and keeps after the detach. */
  readonly foreignKeys: ReadonlyArray<{ readonly name: string; readonly definition: string }>;
}

/**
 * Reads partitions that an interrupted DETACH PARTITION … CONCURRENTLY left. pg_dump would attach such a
 * table, and its rows would appear in the parent, where nobody saw them before.
 */
export async function readDetachedPartitions(query: QueryRows): Promise<DetachedPartition[]> {
  if ((await catalogMajor(query)) < FIRST_MAJOR_WITH_PENDING_DETACH) return [];
  const rows = await query(`
    SELECT n.nspname::text AS schema, c.relname::text AS name, pg_catalog.pg_get_userbyid(c.relowner)::text AS owner, c.relkind = 'p' AS partitioned,
           (SELECT pg_catalog.json_agg(x.relname)::text
              FROM pg_catalog.pg_index i
              JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
              JOIN pg_catalog.pg_inherits a ON a.inhrelid = i.indexrelid
             WHERE i.indrelid = c.oid) AS indexes,
           (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
                     'name', k.conname, 'definition', pg_catalog.pg_get_constraintdef(k.oid)) ORDER BY k.conname)::text
              FROM pg_catalog.pg_constraint k
             WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid <> 0) AS keys
      FROM pg_catalog.pg_inherits h
      JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE h.inhdetachpending
     ORDER BY 1, 2`);
  return rows.map((row) => ({
    schema: String(row.schema),
    name: String(row.name),
    owner: String(row.owner),
    partitioned: row.partitioned === true,
    indexes: JSON.parse(String(row.indexes ?? '[]')),
    foreignKeys: JSON.parse(String(row.keys ?? '[]')),
  }));
}
