import { type Measure, MOST_OBJECTS, needsPrimary, textOf } from './measure.ts';

export interface PreparedTransaction {
  readonly gid: string;
  readonly database: string;
  readonly owner: string;
  readonly ageSeconds: number;
}

/** Of all databases of the server, the oldest first. */
export const preparedTransactions: Measure<readonly PreparedTransaction[]> = {
  name: 'prepared-transactions',
  obstacle: needsPrimary,
  sql: () => `
    SELECT p.gid, p.database::text AS database, p.owner::text AS owner,
           EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - p.prepared)::float8 AS age_s
      FROM pg_catalog.pg_prepared_xacts p ORDER BY p.prepared LIMIT ${MOST_OBJECTS}`,
  read: (rows) =>
    rows.map((row) => ({
      gid: textOf(row.gid),
      database: textOf(row.database),
      owner: textOf(row.owner),
      ageSeconds: Number(row.age_s),
    })),
};
