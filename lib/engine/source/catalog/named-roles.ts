import { isKept, NOTHING_OMITTED, type Omissions } from '../selection/omissions.ts';
import type { QueryRows } from './query-rows.ts';
import { FIRST_USER_OID, notInExtension, USER_SCHEMA } from './user-objects.ts';

interface OwnedCatalog {
  readonly catalog: string;
  readonly owner: string;
  readonly acl?: string;
  readonly namespace?: string;
}

/** Every catalog of one database whose rows have an owner. */
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

/** Which rows are the user's, where the OID does not tell. */
const OWN: Readonly<Record<string, string>> = {
  // initdb makes the schema public, yet its owner and grants are the user's to change, and are dumped.
  pg_namespace: `(o.oid >= ${FIRST_USER_OID} OR o.nspname = 'public')`,
  // lo_create() takes any OID.
  pg_largeobject_metadata: 'true',
};

/**
 * Roles that the dump of this database names, sorted: owners of its objects, grantees and grantors, roles of policies, of
 * default privileges, of user mappings, of the database's own settings. Predefined roles (`pg_…`) are among them. Not those that only what is left out names.
 */
export async function namedRoles(
  query: QueryRows,
  omissions: Omissions = NOTHING_OMITTED,
): Promise<string[]> {
  const rows = await query(`
    SELECT r.rolname::text AS name
      FROM (${[...OWNED.flatMap((one) => ownersAndGrantees(one, omissions)), ...others(omissions)].join('\n UNION ')}) AS named(role)
      JOIN pg_catalog.pg_roles r ON r.oid = named.role
     ORDER BY r.rolname`);
  return rows.map((row) => String(row.name));
}

function ownersAndGrantees({ catalog, owner, acl, namespace }: OwnedCatalog, omissions: Omissions): string[] {
  const join = namespace ? `JOIN pg_catalog.pg_namespace n ON n.oid = o.${namespace}` : '';
  const own = OWN[catalog] ?? `o.oid >= ${FIRST_USER_OID}`;
  const owners = `SELECT o.${owner} FROM pg_catalog.${catalog} o ${join}
    WHERE ${own} AND ${namespace ? USER_SCHEMA : 'true'} AND ${notInExtension({ catalog, oid: 'o.oid' })}
      AND ${isKept(omissions, catalog, 'o.oid')}`;
  return acl
    ? [owners, grantees(omissions, catalog, 'o', `pg_catalog.${catalog} o ${join}`, acl, owner, namespace)]
    : [owners];
}

/**
 * Who was granted something, on objects of the server and of extensions too, as far as it was not there from the start
 * (pg_init_privs).
 */
function grantees(
  omissions: Omissions,
  catalog: string,
  alias: string,
  from: string,
  acl: string,
  owner: string,
  namespace?: string,
  subId = '0',
): string {
  return `SELECT role.oid
    FROM ${from}
    CROSS JOIN LATERAL pg_catalog.aclexplode(${alias}.${acl}) item
    CROSS JOIN LATERAL (VALUES (item.grantee), (item.grantor)) role(oid)
   WHERE ${isKept(omissions, catalog, 'o.oid')} AND ${alias}.${acl} IS NOT NULL AND role.oid NOT IN (0, o.${owner})
     ${namespace ? `AND pg_catalog.left(n.nspname, 8) <> 'pg_temp_'` : ''}
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs i
       WHERE i.classoid = 'pg_catalog.${catalog}'::pg_catalog.regclass AND i.objoid = o.oid AND i.objsubid = ${subId}
         AND i.initprivs = ${alias}.${acl})`;
}

const others = (omissions: Omissions): readonly string[] => [
  grantees(
    omissions,
    'pg_class',
    'a',
    `pg_catalog.pg_attribute a JOIN pg_catalog.pg_class o ON o.oid = a.attrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace`,
    'attacl',
    'relowner',
    'relnamespace',
    'a.attnum',
  ),
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
