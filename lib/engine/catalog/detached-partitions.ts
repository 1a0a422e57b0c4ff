import type { QueryRows } from '../connection/query-rows.ts';
import { catalogMajor } from './catalog-major.ts';

/** pg_inherits.inhdetachpending is new in 14, with DETACH PARTITION … CONCURRENTLY (release notes). */
export const FIRST_MAJOR_WITH_PENDING_DETACH = 14;

/** A partition whose detach is pending: queries of the parent pass it over, but the catalog still calls it a partition. */
export interface DetachedPartition {
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  /** It has partitions of its own. */
  readonly partitioned: boolean;
  /** In its own schema. Those of its parent's indexes; they are its own. */
  readonly indexes: readonly string[];
  /** That it has through its parent, and keeps when the detach is finished. */
  readonly foreignKeys: ReadonlyArray<{ readonly name: string; readonly definition: string }>;
}

/**
 * What DETACH PARTITION … CONCURRENTLY left half way. pg_dump attaches such a table, so that its rows would be back in the parent,
 * where nobody saw them.
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
