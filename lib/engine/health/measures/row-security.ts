import { quoteLiteral } from '../../ground/sql.ts';
import { callsPerRow } from './calls-per-row.ts';
import { type HealthServer, IS_NO_EXTENSIONS, isUserSchema } from './health-server.ts';
import { AN_HOUR, type Measure, MOST_OBJECTS, type Obstacle, textOf } from './measure.ts';

export interface UnguardedTable {
  readonly name: string;
  /** The roles of the API that may do something with it: null if the server has none of the usual ones. */
  readonly roles: readonly string[] | null;
  /** Whether every role has a privilege on it, so that revoking it from those alone changes nothing. */
  readonly isPublic: boolean;
}

/** Tables without row security in the schemas that an API serves, and that its roles may use. */
export const unguardedTables: Measure<readonly UnguardedTable[]> = {
  name: 'row-security',
  obstacle: servesNothing,
  sql: (server) => {
    const { apiSchemas, apiRoles } = server;
    const schemas = apiSchemas.map(quoteLiteral).join(', ');
    const roles = apiRoles.length === 0 ? 'NULL' : mayUse(apiRoles);
    return `
    SELECT t.name, t.roles, t.public FROM (
      SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, ${roles} AS roles, ${IS_PUBLIC} AS public
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND n.nspname IN (${schemas}) AND ${IS_NO_EXTENSIONS}) t
     WHERE ${apiRoles.length === 0 ? 'true' : 't.roles IS NOT NULL'} ORDER BY 1 LIMIT ${MOST_OBJECTS}`;
  },
  read: (rows) =>
    rows.map((row) => ({
      name: textOf(row.name),
      roles: row.roles === null ? null : textOf(row.roles).split(','),
      isPublic: row.public === true,
    })),
};

const IS_PUBLIC = `(EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) g WHERE g.grantee = 0)
         OR EXISTS (SELECT FROM pg_catalog.pg_attribute a CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) g
                     WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL AND g.grantee = 0))`;

function servesNothing({ apiSchemas, refused }: HealthServer): Obstacle | undefined {
  if (refused !== undefined) return { reason: refused };
  return apiSchemas.length > 0
    ? undefined
    : { reason: 'no schema is known that an API serves (--api-schema)' };
}

function mayUse(roles: readonly string[]): string {
  return `(SELECT pg_catalog.string_agg(r.rolname, ',' ORDER BY r.rolname) FROM pg_catalog.pg_roles r
    WHERE r.rolname IN (${roles.map(quoteLiteral).join(', ')}) AND pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
      AND (pg_catalog.has_any_column_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE')
        OR pg_catalog.has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE')))`;
}

export interface CallingPolicy {
  readonly table: string;
  /** Quoted as SQL needs it. */
  readonly policy: string;
  /** The functions that are called anew for each row, although their arguments do not depend on it. */
  readonly functions: readonly string[];
}

/**
 * The OIDs of current_setting, with one argument and with two (pg_proc.dat). No dependency on a function of
 * pg_catalog is recorded.
 */
const CURRENT_SETTING = [2077, 3294];

/**
 * Policies that call a function for each row: `auth.uid() = user_id`. In `(SELECT auth.uid()) = user_id` it is
 * called once for each statement. Read from the stored tree: the text that the server makes of it takes a lock
 * on the table. Immutable functions are computed by the planner, and those of pg_catalog cost next to nothing,
 * apart from current_setting.
 */
export const callingPolicies: Measure<readonly CallingPolicy[]> = {
  name: 'policy-calls',
  restsSeconds: AN_HOUR,
  sql: (server) => `
    WITH called AS MATERIALIZED (
      SELECT d.objid AS policy, pg_catalog.json_object_agg(o.oid::text, pg_catalog.format('%I.%I', fn.nspname, o.proname)) AS names
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_proc o ON o.oid = d.refobjid AND o.provolatile <> 'i'
        JOIN pg_catalog.pg_namespace fn ON fn.oid = o.pronamespace
       WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
       GROUP BY d.objid)
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table", pg_catalog.quote_ident(p.polname) AS policy,
           pg_catalog.concat(p.polqual::text, ' ', p.polwithcheck::text) AS tree, f.names
      FROM pg_catalog.pg_policy p
      JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN called f ON f.policy = p.oid
     WHERE c.relrowsecurity AND ${isUserSchema(server)}
       AND (f.names IS NOT NULL OR pg_catalog.concat(p.polqual::text, p.polwithcheck::text) ~ ':funcid (${CURRENT_SETTING.join('|')}) ')
     ORDER BY 1, 2 LIMIT ${MOST_OBJECTS}`,
  read: (rows) =>
    rows
      .map((row) => ({
        table: textOf(row.table),
        policy: textOf(row.policy),
        functions: callsPerRow(textOf(row.tree), namesById(row.names)),
      }))
      .filter(({ functions }) => functions.length > 0),
};

function namesById(value: unknown): ReadonlyMap<string, string> {
  const settings = CURRENT_SETTING.map((id) => [String(id), 'current_setting'] as const);
  return new Map([
    ...settings,
    ...Object.entries(value ?? {}).map(([id, name]) => [id, String(name)] as const),
  ]);
}
