import type pg from 'pg';
import { qualifiedName } from '../../lib/engine/ground/sql.ts';

/**
 * What holds rows, in a schema that is nobody's but the user's. A tree with hash partitions counts as one: which leaf a
 * row of an enum lies in depends on the enum's OIDs, so every restore may choose another.
 */
const RELATIONS = `
  WITH hashed AS (
    SELECT DISTINCT pg_catalog.pg_partition_root(partrelid)::oid AS root
      FROM pg_catalog.pg_partitioned_table WHERE partstrat = 'h')
  SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, c.relispopulated AS populated
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
     AND (c.oid IN (SELECT root FROM hashed) OR (c.relkind IN ('r', 'm', 'S')
       AND NOT (c.relispartition AND pg_catalog.pg_partition_root(c.oid) IN (SELECT root FROM hashed))))
   ORDER BY 1, 2`;

const LARGE_OBJECTS = `
  SELECT oid::text AS loid, md5(lo_get(oid)) AS content FROM pg_catalog.pg_largeobject_metadata ORDER BY oid`;

/**
 * Every relation's rows as one line, by means that share nothing with Lifeboat's digest: whole rows as the server prints
 * them, generated columns included, hashed and put in order by the server itself. Large objects and sequences as well.
 */
export async function readContents(client: pg.Client): Promise<string[]> {
  const lines: string[] = [];
  const { rows } = await client.query(RELATIONS);
  for (const { schema, name, kind, populated } of rows) {
    const relation = qualifiedName(schema, name);
    if (kind === 'm' && !populated) lines.push(`${relation}: not populated`);
    else if (kind === 'S') {
      const value = await client.query(`SELECT last_value, is_called FROM ${relation}`);
      lines.push(`${relation}: ${JSON.stringify(value.rows[0])}`);
    } else {
      const sums = await client.query(`
        SELECT count(*)::text AS n, md5(coalesce(string_agg(line, '' ORDER BY line COLLATE "C"), '')) AS sum
          FROM (SELECT md5(r::text) AS line FROM ${kind === 'r' ? 'ONLY ' : ''}${relation} r) lines`);
      lines.push(`${relation}: ${sums.rows[0]?.n} rows ${sums.rows[0]?.sum}`);
    }
  }
  const largeObjects = await client.query(LARGE_OBJECTS);
  for (const { loid, content } of largeObjects.rows) lines.push(`large object ${loid}: ${content}`);
  return lines;
}
