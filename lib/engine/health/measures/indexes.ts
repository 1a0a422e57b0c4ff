import { IS_NO_EXTENSIONS, isUserSchema } from './health-server.ts';
import {
  AN_HOUR,
  firstOf,
  type Measure,
  MOST_OBJECTS,
  needsCounts,
  needsPrimary,
  textOf,
} from './measure.ts';

export interface UnusedIndex {
  readonly name: string;
  readonly table: string;
  readonly bytes: number;
}

/** Nobody needs to hear of smaller ones. */
const SMALLEST_INDEX_BYTES = 1_000_000;

/** SQL condition: an index (pg_class `x`) is large enough to speak of. */
export const IS_LARGE_INDEX = `x.relpages::float8 * pg_catalog.current_setting('block_size')::float8 >= ${SMALLEST_INDEX_BYTES}`;

/**
 * SQL condition: an index (pg_index `i`, pg_class `x`) may go if no query uses it. Not one that a constraint needs,
 * nor one of a partition, which can only go with its parent's.
 */
export const MAY_GO = `i.indisvalid AND NOT i.indisunique AND NOT i.indisexclusion AND NOT x.relispartition`;

/**
 * The larger indexes that no query has used since the statistics began.
 */
export const unusedIndexes: Measure<readonly UnusedIndex[]> = {
  name: 'unused-indexes',
  obstacle: firstOf(needsPrimary, needsCounts),
  restsSeconds: AN_HOUR,
  sql: (server) => `
    SELECT pg_catalog.format('%I.%I', n.nspname, x.relname) AS name, pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table",
           x.relpages::float8 * pg_catalog.current_setting('block_size')::float8 AS bytes
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i' AND x.relpersistence <> 't'
      JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE ${IS_LARGE_INDEX} AND ${MAY_GO} AND pg_catalog.pg_stat_get_numscans(x.oid) = 0 AND ${isUserSchema(server)} AND ${IS_NO_EXTENSIONS}
     ORDER BY x.relpages DESC, 1 LIMIT ${MOST_OBJECTS}`,
  read: (rows) =>
    rows.map((row) => ({ name: textOf(row.name), table: textOf(row.table), bytes: Number(row.bytes) })),
};

export interface InvalidIndex {
  readonly name: string;
  readonly table: string;
  /** Of a partitioned table: it is valid when every partition has its part. */
  readonly isPartitioned: boolean;
  readonly isUnique: boolean;
}

/** Indexes that no query uses, because building them failed. One that is being built right now is not among them. */
export const invalidIndexes: Measure<readonly InvalidIndex[]> = {
  name: 'invalid-indexes',
  sql: (server) => `
    SELECT pg_catalog.format('%I.%I', n.nspname, x.relname) AS name, pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table",
           x.relkind = 'I' AS partitioned, i.indisunique AS is_unique
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT i.indisvalid AND ${isUserSchema(server)}
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = x.oid OR p.relid = c.oid)
     ORDER BY 1 LIMIT ${MOST_OBJECTS}`,
  read: (rows) =>
    rows.map((row) => ({
      name: textOf(row.name),
      table: textOf(row.table),
      isPartitioned: row.partitioned === true,
      isUnique: row.is_unique === true,
    })),
};
