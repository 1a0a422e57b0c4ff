import { USABLE_CONNECTIONS } from '../measures/connections.ts';
import { IS_LARGE_INDEX, MAY_GO } from '../measures/indexes.ts';
import { FEWEST_CALLS, IS_QUERY, NAMES_TABLE } from '../measures/statements.ts';

/** The schema of the functions. Nothing else belongs into it. */
export const FUNCTIONS_SCHEMA = 'lifeboat_health';

/** Rises with every change of a function. */
export const FUNCTIONS_VERSION = 1;

/** A function as SQL makes it. */
export interface HealthFunction {
  /** With the types of its arguments: `slow_queries(double precision, integer)`. */
  readonly signature: string;
  readonly about: string;
  readonly create: string;
}

/** `arguments` and `returns` as CREATE FUNCTION takes them. */
interface Parts {
  readonly name: string;
  readonly types: string;
  readonly arguments: string;
  readonly returns: string;
  readonly about: string;
  readonly language: 'sql' | 'plpgsql';
  /** A time limit for locks: only for what takes a lock of a user's table. */
  readonly settings?: string;
  readonly body: string;
}

/**
 * Each sees what its caller may see (SECURITY INVOKER), and nothing in a schema of somebody else's can take the place of
 * what it names (search_path). They name only columns that every major from 13 to 19 has.
 */
function made({
  name,
  types,
  returns,
  about,
  language,
  settings = '',
  body,
  ...rest
}: Parts): HealthFunction {
  return {
    signature: `${name}(${types})`,
    about,
    create: `CREATE OR REPLACE FUNCTION ${FUNCTIONS_SCHEMA}.${name}(${rest.arguments})
  RETURNS ${returns}
  LANGUAGE ${language} STABLE SECURITY INVOKER SET search_path = pg_catalog, pg_temp${settings}
AS $lifeboat$
${body}
$lifeboat$;`,
  };
}

const IS_USERS = `n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

/** Where pg_stat_statements is, as `ext`: its schema, and whether its times are called total_exec_time. */
const FIND_STATEMENTS = `
  SELECT n.nspname, (pg_catalog.string_to_array(e.extversion, '.'))::int[] >= ARRAY[1, 8]
    INTO ext_schema, has_exec
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
   WHERE e.extname = 'pg_stat_statements';
  IF ext_schema IS NULL THEN
    RAISE feature_not_supported USING MESSAGE = 'the extension pg_stat_statements is not in this database',
      HINT = 'CREATE EXTENSION pg_stat_statements; the server must load it by shared_preload_libraries.';
  END IF;
  prefix := CASE WHEN has_exec THEN 'exec_' ELSE '' END;`;
const STATEMENT_VARIABLES = 'DECLARE ext_schema name; has_exec boolean; prefix text;';
const OF_THIS_DATABASE =
  's.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())';

export const HEALTH_FUNCTIONS: readonly HealthFunction[] = [
  made({
    name: 'version',
    types: '',
    arguments: '',
    returns: 'integer',
    about: 'The version of these functions.',
    language: 'sql',
    body: `  SELECT ${FUNCTIONS_VERSION}`,
  }),
  made({
    name: 'connections',
    types: '',
    arguments: '',
    returns:
      'TABLE (database name, role name, application text, state text, sessions bigint, longest interval)',
    about:
      "Clients' sessions by state, and how long the longest has been in it. What the caller may not see is 'hidden'.",
    language: 'sql',
    body: `  SELECT a.datname, a.usename, a.application_name, CASE WHEN a.backend_type IS NULL THEN 'hidden' ELSE COALESCE(a.state, 'starting') END,
         pg_catalog.count(*), pg_catalog.max(pg_catalog.clock_timestamp() - a.state_change)
    FROM pg_catalog.pg_stat_activity a
   WHERE a.backend_type = 'client backend' OR a.backend_type IS NULL AND a.usesysid IS NOT NULL AND a.datid IS NOT NULL
   GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4`,
  }),
  made({
    name: 'connection_limit',
    types: '',
    arguments: '',
    returns: 'TABLE (used bigint, usable integer, used_percent numeric)',
    about: 'Connections in use, of those that are not reserved.',
    language: 'sql',
    body: `  SELECT c.used, c.usable, pg_catalog.round(100.0 * c.used / NULLIF(c.usable, 0), 1)
    FROM (SELECT (SELECT pg_catalog.sum(x.sessions)::bigint FROM ${FUNCTIONS_SCHEMA}.connections() x) AS used, ${USABLE_CONNECTIONS} AS usable) c`,
  }),
  made({
    name: 'long_running',
    types: 'interval',
    arguments: "at_least interval DEFAULT '5 minutes'",
    returns:
      'TABLE (pid integer, database name, role name, application text, state text, running interval, in_transaction interval, wait_event_type text, wait_event text, blocked_by integer[], query text)',
    about: 'Sessions whose statement or open transaction is older than that, and who blocks them.',
    language: 'sql',
    body: `  SELECT a.pid, a.datname, a.usename, a.application_name, a.state,
         CASE WHEN a.state = 'active' THEN pg_catalog.clock_timestamp() - a.query_start END, pg_catalog.clock_timestamp() - a.xact_start,
         a.wait_event_type, a.wait_event,
         CASE WHEN a.wait_event_type = 'Lock' THEN pg_catalog.pg_blocking_pids(a.pid) ELSE '{}'::integer[] END, a.query
    FROM pg_catalog.pg_stat_activity a
   WHERE a.backend_type = 'client backend' AND a.pid <> pg_catalog.pg_backend_pid() AND a.state <> 'idle'
     AND pg_catalog.clock_timestamp() - LEAST(a.query_start, a.xact_start) >= at_least
   ORDER BY LEAST(a.query_start, a.xact_start)`,
  }),
  made({
    name: 'slow_queries',
    types: 'double precision, integer',
    arguments: 'at_least_ms double precision DEFAULT 500, at_most integer DEFAULT 20',
    returns:
      'TABLE (role name, calls bigint, mean_ms double precision, total_ms double precision, rows_per_call double precision, query_id bigint, query text)',
    about: `Statements of this database by their mean time, from ${FEWEST_CALLS} calls on. Needs pg_stat_statements.`,
    language: 'plpgsql',
    body: `${STATEMENT_VARIABLES}
BEGIN${FIND_STATEMENTS}
  RETURN QUERY EXECUTE pg_catalog.format($q$
    SELECT pg_catalog.pg_get_userbyid(s.userid), s.calls, s.mean_%1$stime, s.total_%1$stime, s.rows::float8 / NULLIF(s.calls, 0), s.queryid, s.query
      FROM %2$I.pg_stat_statements s
     WHERE ${OF_THIS_DATABASE} AND s.calls >= ${FEWEST_CALLS} AND s.mean_%1$stime >= $1
     ORDER BY s.mean_%1$stime DESC LIMIT $2 $q$, prefix, ext_schema) USING at_least_ms, at_most;
END`,
  }),
  made({
    name: 'sizes',
    types: 'integer',
    arguments: 'at_most integer DEFAULT 50',
    returns:
      'TABLE (schema name, "table" name, total_bytes bigint, table_bytes bigint, index_bytes bigint, toast_bytes bigint, estimated_rows bigint)',
    about: 'The largest tables. The sizes of a table that somebody has locked exclusively are NULL.',
    language: 'sql',
    settings: " SET lock_timeout = '1s'",
    body: `  SELECT t.nspname, t.relname, t.total, t.own, t.indexes, t.total - t.own - t.indexes, t.rows
    FROM (SELECT n.nspname, c.relname, NULLIF(GREATEST(c.reltuples, -1), -1)::bigint AS rows, c.relpages,
                 CASE WHEN NOT k.locked THEN pg_catalog.pg_total_relation_size(c.oid) END AS total,
                 CASE WHEN NOT k.locked THEN pg_catalog.pg_relation_size(c.oid, 'main') + pg_catalog.pg_relation_size(c.oid, 'fsm') + pg_catalog.pg_relation_size(c.oid, 'vm') END AS own,
                 CASE WHEN NOT k.locked THEN pg_catalog.pg_indexes_size(c.oid) END AS indexes
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           CROSS JOIN LATERAL (
             SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l
                             WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.relation = c.oid
                               AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
                               AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()) AS locked) k
           WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND ${IS_USERS}) t
   ORDER BY COALESCE(t.total, t.relpages * pg_catalog.current_setting('block_size')::bigint) DESC, 1, 2 LIMIT at_most`,
  }),
  made({
    name: 'unused_indexes',
    types: '',
    arguments: '',
    returns:
      'TABLE (schema name, "table" name, index name, bytes bigint, counted_since timestamp with time zone)',
    about:
      'Indexes of a megabyte or more that no query has used since the server counts. A standby counts for itself.',
    language: 'sql',
    body: `  SELECT n.nspname, c.relname, x.relname, x.relpages * pg_catalog.current_setting('block_size')::bigint,
         (SELECT s.stats_reset FROM pg_catalog.pg_stat_database s WHERE s.datname = pg_catalog.current_database())
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i' AND x.relpersistence <> 't'
    JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE ${IS_LARGE_INDEX} AND ${MAY_GO} AND pg_catalog.pg_stat_get_numscans(x.oid) = 0 AND ${IS_USERS}
   ORDER BY 4 DESC, 1, 2, 3`,
  }),
  made({
    name: 'row_security_cost',
    types: 'integer',
    arguments: 'at_most integer DEFAULT 20',
    returns:
      'TABLE (role name, calls bigint, mean_ms double precision, total_ms double precision, percent_of_all double precision, tables text[], query text)',
    about:
      'Statements that name a table with row security and ran as a role that is subject to it, by total time. Needs pg_stat_statements.',
    language: 'plpgsql',
    body: `${STATEMENT_VARIABLES}
BEGIN${FIND_STATEMENTS}
  RETURN QUERY EXECUTE pg_catalog.format($q$
    WITH s AS MATERIALIZED (
      SELECT s.userid, s.query, s.calls, s.mean_%1$stime AS mean, s.total_%1$stime AS total FROM %2$I.pg_stat_statements s WHERE ${OF_THIS_DATABASE})
    SELECT r.rolname, x.calls, x.mean, x.total, 100 * x.total / NULLIF((SELECT pg_catalog.sum(s.total) FROM s), 0), f.tables, x.query
      FROM (SELECT * FROM s WHERE ${IS_QUERY.replaceAll('%', '%%')} ORDER BY s.total DESC LIMIT 500) x
      JOIN pg_catalog.pg_roles r ON r.oid = x.userid AND NOT r.rolsuper AND NOT r.rolbypassrls
     CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(pg_catalog.format('%%I.%%I', n.nspname, c.relname) ORDER BY n.nspname, c.relname) AS tables
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relrowsecurity AND c.relkind IN ('r', 'p') AND x.query ~ (${NAMES_TABLE})
          AND (c.relforcerowsecurity OR c.relowner <> x.userid)) f
     WHERE f.tables IS NOT NULL ORDER BY x.total DESC LIMIT $1 $q$, prefix, ext_schema) USING at_most;
END`,
  }),
];
