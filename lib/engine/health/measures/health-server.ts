import { quoteLiteral } from '../../ground/sql.ts';
import type { Row } from './row.ts';

/** When the server vacuums a table by itself, unless the table says otherwise. */
export interface AutovacuumSettings {
  readonly isOn: boolean;
  readonly threshold: number;
  readonly scaleFactor: number;
  /** Since PostgreSQL 18; infinite before, and where it is switched off. */
  readonly maxThreshold: number;
}

/** What the measures have to know of the server and the role first. */
export interface HealthServer {
  readonly version: string;
  /** The role and the database, quoted as SQL needs them. */
  readonly role: string;
  readonly database: string;
  readonly isStandby: boolean;
  /** Whether the role has the privileges of pg_read_all_stats, which is part of pg_monitor. */
  readonly readsAllStatistics: boolean;
  readonly countsRows: boolean;
  readonly tracksActivities: boolean;
  readonly hasChecksums: boolean;
  readonly autovacuum: AutovacuumSettings;
  /** Null: since when is not known. */
  readonly statisticsAgeSeconds: number | null;
  readonly statements: StatementsExtension | undefined;
  readonly sequences: number;
  /** The schemas in which an API serves tables, and the roles as which it comes. */
  readonly apiSchemas: readonly string[];
  readonly apiRoles: readonly string[];
  /** Schemas that are nobody's business but the host's. */
  readonly hostSchemas: readonly string[];
  /** Why extensions, roles of the API and sequences are not known; undefined if they are. */
  readonly refused: string | undefined;
}

export interface StatementsExtension {
  /** Quoted as SQL needs it. */
  readonly schema: string;
  readonly isLoaded: boolean;
  /** Since version 1.8 of the extension, `total_exec_time` and `mean_exec_time`. */
  readonly hasExecTimes: boolean;
}

/** PostgREST's roles, as Supabase calls them. */
const API_ROLES = ['anon', 'authenticated'];
/** What PostgREST serves at Supabase unless it is told otherwise. */
const SUPABASE_SCHEMAS = ['public', 'graphql_public'];

/** PostgREST reads this setting of the role as which it connects ("In-database configuration"). */
const SERVED = 'pgrst.db_schemas=';

/** What needs no catalog but those of the login. */
const SETTINGS = `pg_catalog.current_setting('server_version') AS version,
         pg_catalog.quote_ident(CURRENT_USER) AS role,
         pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
         pg_catalog.pg_is_in_recovery() AS standby,
         pg_catalog.pg_has_role(CURRENT_USER, 'pg_read_all_stats', 'USAGE') AS reads_all,
         pg_catalog.current_setting('track_counts')::bool AS counts,
         pg_catalog.current_setting('track_activities')::bool AS activities,
         pg_catalog.current_setting('data_checksums') AS checksums,
         pg_catalog.current_setting('autovacuum')::bool AS autovacuum,
         pg_catalog.current_setting('autovacuum_vacuum_threshold')::float8 AS threshold,
         pg_catalog.current_setting('autovacuum_vacuum_scale_factor')::float8 AS scale_factor,
         pg_catalog.current_setting('autovacuum_vacuum_max_threshold', true)::float8 AS max_threshold,
         pg_catalog.current_setting('pg_stat_statements.max', true) IS NOT NULL AS statements_loaded`;

/** What is looked up in catalogs, which somebody may have locked or closed. */
const LOOKUPS = `(SELECT EXTRACT(EPOCH FROM pg_catalog.now() - s.stats_reset)::float8 FROM pg_catalog.pg_stat_database s
           WHERE s.datname = pg_catalog.current_database()) AS statistics_age,
         (SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e
            JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
           WHERE e.extname = 'pg_stat_statements') AS statements_schema,
         (SELECT e.extversion FROM pg_catalog.pg_extension e WHERE e.extname = 'pg_stat_statements') AS statements_version,
         (SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_sequence) AS sequences,
         (SELECT pg_catalog.string_agg(r.rolname, ',') FROM pg_catalog.pg_roles r
           WHERE r.rolname IN (${API_ROLES.map(quoteLiteral).join(', ')})) AS api_roles,
         (SELECT pg_catalog.substr(c.setting, ${SERVED.length + 1}) FROM pg_catalog.pg_roles r
           CROSS JOIN LATERAL pg_catalog.unnest(r.rolconfig) AS c (setting)
           WHERE pg_catalog.left(c.setting, ${SERVED.length}) = ${quoteLiteral(SERVED)} LIMIT 1) AS api_schemas`;

export const HEALTH_SERVER = `SELECT ${SETTINGS}, ${LOOKUPS}`;
/** For a server that refuses the other one: nothing is looked up. */
export const HEALTH_SERVER_SETTINGS = `SELECT ${SETTINGS}`;

export interface GivenServer {
  /** Overrides what the server tells. */
  readonly apiSchemas: readonly string[] | undefined;
  readonly isSupabase: boolean;
  readonly hostSchemas: readonly string[];
  readonly refused?: string | undefined;
}

export function readHealthServer([row]: readonly Row[], given: GivenServer): HealthServer {
  const told = typeof row?.api_schemas === 'string' ? namesOf(row.api_schemas) : undefined;
  const apiRoles = typeof row?.api_roles === 'string' ? namesOf(row.api_roles) : [];
  const maxThreshold = Number(row?.max_threshold ?? -1);
  return {
    version: String(row?.version),
    role: String(row?.role),
    database: String(row?.database),
    isStandby: row?.standby === true,
    readsAllStatistics: row?.reads_all === true,
    countsRows: row?.counts === true,
    tracksActivities: row?.activities === true,
    hasChecksums: row?.checksums === 'on',
    autovacuum: {
      isOn: row?.autovacuum === true,
      threshold: Number(row?.threshold),
      scaleFactor: Number(row?.scale_factor),
      maxThreshold: maxThreshold < 0 ? Number.POSITIVE_INFINITY : maxThreshold,
    },
    statisticsAgeSeconds: row?.statistics_age == null ? null : Number(row.statistics_age),
    statements: statementsOf(row),
    sequences: Number(row?.sequences ?? 0),
    apiSchemas: given.apiSchemas ?? told ?? (given.isSupabase ? SUPABASE_SCHEMAS : []),
    apiRoles,
    hostSchemas: given.hostSchemas,
    refused: given.refused,
  };
}

function statementsOf(row: Row | undefined): StatementsExtension | undefined {
  if (typeof row?.statements_schema !== 'string') return undefined;
  const [major = 0, minor = 0] = String(row.statements_version).split('.').map(Number);
  return {
    schema: row.statements_schema,
    isLoaded: row.statements_loaded === true,
    hasExecTimes: major > 1 || minor >= 8,
  };
}

function namesOf(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** SQL condition: a namespace `n` is the user's, and not the system's, a session's or the host's. */
export function isUserSchema({ hostSchemas }: Pick<HealthServer, 'hostSchemas'>): string {
  const own = `n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;
  return hostSchemas.length === 0
    ? own
    : `${own} AND n.nspname NOT IN (${hostSchemas.map(quoteLiteral).join(', ')})`;
}

/** SQL condition: a relation `c` belongs to no extension. */
export const IS_NO_EXTENSIONS = `NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.deptype = 'e')`;
