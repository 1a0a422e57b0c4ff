import { firstOf, type Measure, MOST_OBJECTS, needsAllStatistics, numberOf, textOf } from './measure.ts';

/** A client's session that does something, or holds a transaction open. */
export interface BusySession {
  readonly pid: number;
  readonly role: string;
  readonly database: string;
  readonly application: string;
  readonly state: string;
  /** Since its statement began, or since it is idle in its transaction. */
  readonly querySeconds: number | null;
  readonly stateSeconds: number | null;
  readonly waitsForLock: boolean;
  readonly blockers: readonly number[];
}

/** Lifeboat's own sessions are not among them: a backup has limits of its own, and says when it meets them. */
export const busySessions: Measure<readonly BusySession[]> = {
  name: 'sessions',
  obstacle: firstOf(needsAllStatistics, ({ tracksActivities }) =>
    tracksActivities
      ? undefined
      : {
          reason: 'the server does not say what its sessions do (track_activities is off)',
          statement: 'ALTER SYSTEM SET track_activities = on; SELECT pg_reload_conf();',
        },
  ),
  sql: () => `
    SELECT a.pid, a.usename::text AS role, a.datname::text AS database, a.application_name AS application, a.state,
           EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - a.query_start)::float8 AS query_s,
           EXTRACT(EPOCH FROM pg_catalog.clock_timestamp() - a.state_change)::float8 AS state_s,
           a.state = 'active' AND a.wait_event_type = 'Lock' AS waits,
           CASE WHEN a.state = 'active' AND a.wait_event_type = 'Lock'
                THEN pg_catalog.array_to_string(pg_catalog.pg_blocking_pids(a.pid), ',') END AS blockers
      FROM pg_catalog.pg_stat_activity a
     WHERE a.backend_type = 'client backend' AND a.state <> 'idle' AND a.pid <> pg_catalog.pg_backend_pid()
       AND a.application_name <> 'lifeboat'
     ORDER BY a.query_start LIMIT ${MOST_OBJECTS}`,
  read: (rows) =>
    rows.map((row) => ({
      pid: Number(row.pid),
      role: textOf(row.role),
      database: textOf(row.database),
      application: textOf(row.application),
      state: textOf(row.state),
      querySeconds: numberOf(row.query_s),
      stateSeconds: numberOf(row.state_s),
      waitsForLock: row.waits === true,
      blockers: textOf(row.blockers)
        .split(',')
        .filter((pid) => pid !== '')
        .map(Number),
    })),
};
