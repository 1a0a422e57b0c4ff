import { isUserSchema } from './health-server.ts';
import { AN_HOUR, type Measure, needsPrimary, textOf } from './measure.ts';

/** The size of a table beside the size that its rows need by the planner's statistics. */
export interface TableBloat {
  readonly name: string;
  readonly bytes: number;
  /** Null: the role may not read the statistics of every column, or the table was never analyzed. */
  readonly neededBytes: number | null;
}

/** Smaller tables are not worth the work. */
const SMALLEST_BYTES = 10 * 1024 * 1024;
const LARGEST_TABLES = 50;

/**
 * Only the largest tables: pg_stats checks the privileges of each column, and a database's bloat lies in them. A
 * row takes 24 bytes for its header and 4 for its line pointer (manual, "Database Page Layout"), and is aligned
 * to 8. TOAST is not counted, nor are indexes.
 */
export const tableBloat: Measure<readonly TableBloat[]> = {
  name: 'bloat',
  obstacle: needsPrimary,
  restsSeconds: AN_HOUR,
  sql: (server) => `
    SELECT t.name, t.relpages::float8 * b.block AS bytes,
           CASE WHEN w.columns = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a
                                   WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) AND t.reltuples > 0
                THEN b.block * pg_catalog.ceil(t.reltuples * (28 + 8 * pg_catalog.ceil(w.width / 8)) / ((b.block - 24) * t.fill)) END AS needed
      FROM (SELECT pg_catalog.current_setting('block_size')::float8 AS block) b
     CROSS JOIN LATERAL (
       SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, n.nspname, c.relname, c.relpages, c.reltuples::float8 AS reltuples,
              COALESCE(pg_catalog.substring(c.reloptions::text, 'fillfactor=([0-9]+)')::float8, 100) / 100 AS fill
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm') AND c.relpages * b.block >= ${SMALLEST_BYTES} AND c.relpersistence <> 't' AND ${isUserSchema(server)}
        ORDER BY c.relpages DESC LIMIT ${LARGEST_TABLES}) t
     CROSS JOIN LATERAL (
       SELECT pg_catalog.count(*) AS columns, pg_catalog.sum((1 - s.null_frac) * s.avg_width)::float8 AS width
         FROM pg_catalog.pg_stats s WHERE s.schemaname = t.nspname AND s.tablename = t.relname AND NOT s.inherited) w`,
  read: (rows) =>
    rows.map((row) => ({
      name: textOf(row.name),
      bytes: Number(row.bytes),
      neededBytes: row.needed === null ? null : Number(row.needed),
    })),
};
