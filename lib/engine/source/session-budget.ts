import type { QueryRows } from './catalog/query-rows.ts';

export const DEFAULT_JOBS = 4;

/**
 * How many sessions may copy at once: what was asked for, but never more than a quarter of the server's free connections,
 * for the application needs them, and at least one.
 */
export async function copySessions(query: QueryRows, asked: number = DEFAULT_JOBS): Promise<number> {
  const [row] = await query(`
    SELECT pg_catalog.current_setting('max_connections')::int
             - pg_catalog.current_setting('superuser_reserved_connections')::int
             - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
                 WHERE backend_type = 'client backend')::int AS free`);
  return Math.max(1, Math.min(asked, Math.floor(Number(row?.free) / 4)));
}
