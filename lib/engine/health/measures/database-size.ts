import { type Measure, QUARTER_OF_AN_HOUR } from './measure.ts';

/** In bytes. The server asks its file system for the size of each file. */
export const databaseSize: Measure<number> = {
  name: 'database-size',
  restsSeconds: QUARTER_OF_AN_HOUR,
  sql: () => 'SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::text AS bytes',
  read: ([row]) => Number(row?.bytes),
};
