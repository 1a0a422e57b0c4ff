import { type Measure, numberOf } from './measure.ts';

/** What pg_stat_database has counted for this database since its statistics were reset. */
export interface DatabaseActivity {
  readonly commits: number;
  readonly rollbacks: number;
  readonly blocksHit: number;
  readonly blocksRead: number;
  readonly deadlocks: number;
  /** Since when, as the server writes it in UTC; null if it does not know. */
  readonly countedSince: string | null;
  /** Of all databases of the server; null if the server has no checksums. */
  readonly checksumFailures: number | null;
  readonly databasesWithFailures: readonly string[];
}

export const databaseActivity: Measure<DatabaseActivity> = {
  name: 'database-activity',
  sql: () => `
    SELECT s.xact_commit::text AS commits, s.xact_rollback::text AS rollbacks, s.blks_hit::text AS hit,
           s.blks_read::text AS read, s.deadlocks::text AS deadlocks,
           pg_catalog.to_char(s.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS since,
           (SELECT pg_catalog.sum(o.checksum_failures)::text FROM pg_catalog.pg_stat_database o) AS failures,
           (SELECT pg_catalog.json_agg(COALESCE(o.datname, 'shared catalogs')) FROM pg_catalog.pg_stat_database o
             WHERE o.checksum_failures > 0) AS failed
      FROM pg_catalog.pg_stat_database s WHERE s.datname = pg_catalog.current_database()`,
  read: ([row]) => ({
    commits: Number(row?.commits),
    rollbacks: Number(row?.rollbacks),
    blocksHit: Number(row?.hit),
    blocksRead: Number(row?.read),
    deadlocks: Number(row?.deadlocks),
    countedSince: typeof row?.since === 'string' ? row.since : null,
    checksumFailures: numberOf(row?.failures),
    databasesWithFailures: Array.isArray(row?.failed) ? row.failed.map(String) : [],
  }),
};
