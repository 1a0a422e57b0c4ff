import type { QueryRows } from '../connection/query-rows.ts';
import { isKept, NOTHING_OMITTED, type Omissions } from './omissions.ts';
import { FIRST_USER_OID, USER_SCHEMA } from './user-objects.ts';

interface OwnedCatalog {
  readonly catalog: string;
  readonly owner: string;
  readonly acl?: string;
  readonly namespace?: string;
}

/** All catalogs of a database whose rows have an owner. */
const OWNED: readonly OwnedCatalog[] = [
  { catalog: 'pg_class', owner: 'relowner', acl: 'relacl', namespace: 'relnamespace' },
  { catalog: 'pg_proc', owner: 'proowner', acl: 'proacl', namespace: 'pronamespace' },
  { catalog: 'pg_type', owner: 'typowner', acl: 'typacl', namespace: 'typnamespace' },
  { catalog: 'pg_namespace', owner: 'nspowner', acl: 'nspacl', namespace: 'oid' },
  { catalog: 'pg_operator', owner: 'oprowner', namespace: 'oprnamespace' },
  { catalog: 'pg_opclass', owner: 'opcowner', namespace: 'opcnamespace' },
  { catalog: 'pg_opfamily', owner: 'opfowner', namespace: 'opfnamespace' },
  { catalog: 'pg_collation', owner: 'collowner', namespace: 'collnamespace' },
  { catalog: 'pg_conversion', owner: 'conowner', namespace: 'connamespace' },
  { catalog: 'pg_ts_dict', owner: 'dictowner', namespace: 'dictnamespace' },
  { catalog: 'pg_ts_config', owner: 'cfgowner', namespace: 'cfgnamespace' },
  { catalog: 'pg_statistic_ext', owner: 'stxowner', namespace: 'stxnamespace' },
  { catalog: 'pg_language', owner: 'lanowner', acl: 'lanacl' },
  { catalog: 'pg_foreign_data_wrapper', owner: 'fdwowner', acl: 'fdwacl' },
  { catalog: 'pg_foreign_server', owner: 'srvowner', acl: 'srvacl' },
  { catalog: 'pg_largeobject_metadata', owner: 'lomowner', acl: 'lomacl' },
  { catalog: 'pg_publication', owner: 'pubowner' },
  { catalog: 'pg_event_trigger', owner: 'evtowner' },
  { catalog: 'pg_default_acl', owner: 'defaclrole', acl: 'defaclacl' },
];

/** Conditions for the user's rows, for catalogs in which the OID does not tell. */
const OWN: Readonly<Record<string, string>> = {
  // initdb creates the schema public, but users may change its owner and grants, so they are dumped.
  pg_namespace: `(o.oid >= ${FIRST_USER_OID} OR o.nspname = 'public')`,
  // lo_create() accepts any OID.
  pg_largeobject_metadata: 'true',
};

export interface NamedRoles {
  /** Includes predefined roles (`pg_…`). */
  readonly names: readonly string[];
  /** OIDs of roles that no longer exist. */
  readonly gone: readonly number[];
}

/**
 * Reads the roles that the dump of this database names, sorted: owners of its objects, grantees and grantors,
 * roles of policies, default privileges, user mappings and the database's own settings. Roles that only
 * omitted objects name are not included.
 */
export async function namedRoles(
  query: QueryRows,
  omissions: Omissions = NOTHING_OMITTED,
): Promise<NamedRoles> {
  // Each catalog is read once, and common joins apply to all of them together. With separate joins for each
  // catalog, the server plans longer than it reads (measured, PostgreSQL 15: 27 instead of 44 ms in a new
  // session, then 10 instead of 25).
  const rows = await query(`
    WITH ${objectsWithRoles(omissions)}
    SELECT r.rolname::text AS name, named.role::text AS oid
      FROM (${[OWNERS, GRANTEES, INITIAL_GRANTEES, ...others(omissions)].join('\n UNION ')}) AS named(role)
      LEFT JOIN pg_catalog.pg_roles r ON r.oid = named.role
     WHERE named.role <> 0
     ORDER BY r.rolname, named.role`);
  return {
    names: rows.flatMap(({ name }) => (name === null ? [] : [String(name)])),
    gone: rows.flatMap(({ name, oid }) => (name === null ? [Number(oid)] : [])),
  };
}

/** A common table expression with one row for each object that has an owner or grants. */
export function objectsWithRoles(omissions: Omissions): string {
  const parts = [...OWNED.map((one) => objectsOf(one, omissions)), columns(omissions)];
  return `object(catalog, oid, part, owner, acl, schema, own) AS MATERIALIZED (
      ${parts.join('\n UNION ALL ')})`;
}

function objectsOf({ catalog, owner, acl, namespace }: OwnedCatalog, omissions: Omissions): string {
  const own = OWN[catalog] ?? `o.oid >= ${FIRST_USER_OID}`;
  return `SELECT 'pg_catalog.${catalog}'::pg_catalog.regclass::pg_catalog.oid, o.oid, 0, o.${owner},
      ${acl ? `o.${acl}` : 'NULL::pg_catalog.aclitem[]'}, ${namespace ? `o.${namespace}` : 'NULL::pg_catalog.oid'}, ${own}
    FROM pg_catalog.${catalog} o
   WHERE (${own}${acl ? ` OR o.${acl} IS NOT NULL` : ''}) AND ${isKept(omissions, catalog, 'o.oid')}`;
}

/** Columns, which have grants of their own, but no owner of their own. */
const columns = (omissions: Omissions): string =>
  `SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, o.oid, a.attnum, o.relowner, a.attacl, o.relnamespace, false
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class o ON o.oid = a.attrelid
   WHERE a.attacl IS NOT NULL AND ${isKept(omissions, 'pg_class', 'o.oid')}`;

const OWNERS = `SELECT o.owner
    FROM object o LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.schema
   WHERE o.own AND (o.schema IS NULL OR ${USER_SCHEMA})
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend membership
       WHERE membership.classid = o.catalog AND membership.objid = o.oid AND membership.deptype = 'e')`;

/**
 * Grantees and grantors of privileges, also on objects of the server and of extensions, except for initial
 * privileges (pg_init_privs).
 */
const GRANTEES = `SELECT role.oid
    FROM object o LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.schema
    CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) item
    CROSS JOIN LATERAL (VALUES (item.grantee), (item.grantor)) role(oid)
   WHERE o.acl IS NOT NULL AND role.oid NOT IN (0, o.owner) AND (o.schema IS NULL OR pg_catalog.left(n.nspname, 8) <> 'pg_temp_')
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs i
       WHERE i.classoid = o.catalog AND i.objoid = o.oid AND i.objsubid = o.part AND i.initprivs = o.acl)`;

/** pg_dump revokes initial privileges of an extension that no longer exist, also from roles that are gone. */
const INITIAL_GRANTEES = `SELECT role.oid
    FROM pg_catalog.pg_init_privs i CROSS JOIN LATERAL pg_catalog.aclexplode(i.initprivs) item
    CROSS JOIN LATERAL (VALUES (item.grantee), (item.grantor)) role(oid)
   WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = role.oid)`;

const others = (omissions: Omissions): readonly string[] => [
  `SELECT role.oid FROM pg_catalog.pg_policy p CROSS JOIN LATERAL unnest(p.polroles) role(oid)
    WHERE ${isKept(omissions, 'pg_policy', 'p.oid')}`,
  'SELECT m.umuser FROM pg_catalog.pg_user_mappings m',
  `SELECT s.subowner FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
    WHERE d.datname = pg_catalog.current_database()`,
  `SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`,
  `SELECT item.grantee FROM pg_catalog.pg_database d CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) item
    WHERE d.datname = pg_catalog.current_database()`,
  `SELECT s.setrole FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = pg_catalog.current_database()`,
];
