import type { Measure } from './measure.ts';

/** In bytes. */
export const databaseSize: Measure<number> = {
  name: 'database-size',
  sql: () => 'SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::text AS bytes',
  read: ([row]) => Number(row?.bytes),
};
