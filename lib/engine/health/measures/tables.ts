import { isUserSchema } from './health-server.ts';
import {
  firstOf,
  type Measure,
  MOST_OBJECTS,
  needsCounts,
  needsPrimary,
  numberOf,
  QUARTER_OF_AN_HOUR,
  textOf,
} from './measure.ts';

/** A table that has dead rows, or for which autovacuum is switched off. */
export interface VacuumedTable {
  /** `schema.table`, quoted as SQL needs it. */
  readonly name: string;
  readonly liveRows: number;
  readonly deadRows: number;
  /** Since it was last vacuumed, by somebody or by itself; null: never since statistics are kept. */
  readonly vacuumedSeconds: number | null;
  readonly isBeingVacuumed: boolean;
  /** The planner's estimate of its rows, on which autovacuum counts too. */
  readonly estimatedRows: number;
  /** `autovacuum_enabled=false`, as pg_class.reloptions has it. */
  readonly options: readonly string[];
}

/** The views of the statistics join and group; their functions, asked by table, take a third of the time. */
export const vacuumedTables: Measure<readonly VacuumedTable[]> = {
  name: 'tables',
  obstacle: firstOf(needsPrimary, needsCounts),
  restsSeconds: QUARTER_OF_AN_HOUR,
  sql: (server) => `
    SELECT t.*, EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum v WHERE v.relid = t.oid) AS being_vacuumed
      FROM (SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.reltuples::float8 AS rows,
                   pg_catalog.pg_stat_get_live_tuples(c.oid)::float8 AS live,
                   pg_catalog.pg_stat_get_dead_tuples(c.oid)::float8 AS dead,
                   EXTRACT(EPOCH FROM pg_catalog.now() - GREATEST(
                     pg_catalog.pg_stat_get_last_vacuum_time(c.oid),
                     pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)))::float8 AS vacuumed_s,
                   pg_catalog.array_to_json(c.reloptions) AS options
              FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND ${isUserSchema(server)}) t
     WHERE t.dead > 0 OR t.options::text LIKE '%autovacuum_enabled%'
     ORDER BY t.dead DESC, t.name LIMIT ${MOST_OBJECTS}`,
  read: (rows) =>
    rows.map((row) => ({
      name: textOf(row.name),
      liveRows: Number(row.live),
      deadRows: Number(row.dead),
      vacuumedSeconds: numberOf(row.vacuumed_s),
      isBeingVacuumed: row.being_vacuumed === true,
      estimatedRows: Math.max(0, Number(row.rows)),
      options: Array.isArray(row.options) ? row.options.map(String) : [],
    })),
};
