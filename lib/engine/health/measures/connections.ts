import { type Measure, numberOf } from './measure.ts';

/**
 * SQL condition on pg_stat_activity: a row is a client's session. `backend_type` is NULL for sessions of other
 * roles that one may not look into; of the background processes only workers have both a role and a database.
 */
const IS_CLIENT = `(a.backend_type = 'client backend' OR a.backend_type IS NULL AND a.usesysid IS NOT NULL AND a.datid IS NOT NULL)`;

/**
 * SQL expressions: the connections that roles without privileges of their own may have, and those in use.
 * `reserved_connections` is there since PostgreSQL 16.
 */
export const USABLE_CONNECTIONS = `(pg_catalog.current_setting('max_connections')::int
  - pg_catalog.current_setting('superuser_reserved_connections')::int
  - COALESCE(pg_catalog.current_setting('reserved_connections', true)::int, 0))`;
const USED_CONNECTIONS = `(SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE ${IS_CLIENT})::int`;

/** SQL expression: the connections that are free, beside one's own. */
export const FREE_CONNECTIONS = `(${USABLE_CONNECTIONS} - ${USED_CONNECTIONS})`;

export interface Connections {
  readonly used: number;
  readonly usable: number;
  readonly free: number;
  /** Sessions whose state cannot be seen are `hidden`. */
  readonly byState: Readonly<Record<string, number>>;
  /** Limits of the role and of the database, null if there is none. */
  readonly roleLimit: number | null;
  readonly databaseLimit: number | null;
  readonly role: string;
  readonly database: string;
}

export const connections = {
  name: 'connections',
  sql: () => `
    SELECT ${USABLE_CONNECTIONS} AS usable, ${USED_CONNECTIONS} AS used,
           (SELECT pg_catalog.json_object_agg(s.state, s.sessions) FROM (
              SELECT CASE WHEN a.backend_type IS NULL THEN 'hidden' ELSE COALESCE(a.state, 'starting') END AS state,
                     pg_catalog.count(*) AS sessions
                FROM pg_catalog.pg_stat_activity a WHERE ${IS_CLIENT} GROUP BY 1) s) AS states,
           pg_catalog.quote_ident(CURRENT_USER) AS role,
           pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
           (SELECT r.rolconnlimit FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER) AS role_limit,
           (SELECT d.datconnlimit FROM pg_catalog.pg_database d
             WHERE d.datname = pg_catalog.current_database()) AS database_limit`,
  read: ([row]): Connections => {
    const [used, usable] = [Number(row?.used), Number(row?.usable)];
    return {
      used,
      usable,
      free: usable - used,
      byState: statesOf(row?.states),
      roleLimit: limitOf(row?.role_limit),
      databaseLimit: limitOf(row?.database_limit),
      role: String(row?.role),
      database: String(row?.database),
    };
  },
} satisfies Measure<Connections>;

function limitOf(value: unknown): number | null {
  const limit = numberOf(value);
  return limit === null || limit < 0 ? null : limit;
}

function statesOf(value: unknown): Record<string, number> {
  const states: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return Object.fromEntries(
    Object.entries(states ?? {}).map(([state, sessions]) => [state, Number(sessions)]),
  );
}
