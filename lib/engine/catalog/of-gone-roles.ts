import type { Manifest } from '../archive/manifest.ts';
import type { QueryRows } from '../connection/query-rows.ts';
import { objectsWithRoles } from './named-roles.ts';
import { isKept, type Omissions } from './omissions.ts';

type LeftOut = Manifest['leftOut'][number];

/**
 * The description of an object; `o` is a row of objectsWithRoles(). Some objects have none in PostgreSQL, or
 * only one that needs the role.
 */
const DESCRIPTION = `CASE o.catalog
  WHEN 'pg_catalog.pg_default_acl'::pg_catalog.regclass THEN (
    SELECT 'default privileges of ' || coalesce(r.rolname::text, d.defaclrole::text) ||
           CASE WHEN d.defaclnamespace = 0 THEN '' ELSE ' in schema ' || d.defaclnamespace::pg_catalog.regnamespace END
      FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole WHERE d.oid = o.oid)
  WHEN 'pg_catalog.pg_largeobject_metadata'::pg_catalog.regclass THEN 'large object ' || o.oid
  ELSE pg_catalog.pg_describe_object(o.catalog, o.oid, o.part) END`;

/**
 * Reads what the source has for roles that are gone, by their OIDs. No restore can create it, so the backup
 * leaves it out.
 */
export async function readOfGoneRoles(
  query: QueryRows,
  gone: readonly number[],
  omissions: Omissions,
): Promise<LeftOut[]> {
  if (gone.length === 0) return [];
  const isGone = (oid: string) => `${oid} = ANY ('{${gone.join(',')}}'::pg_catalog.oid[])`;
  const isDefault = `o.catalog = 'pg_catalog.pg_default_acl'::pg_catalog.regclass`;
  const rows = await query(`
    WITH ${objectsWithRoles(omissions)}
    SELECT 'grant' AS what, 'to ' || item.grantee || ' on ' || ${DESCRIPTION} AS name, 'the role is gone' AS reason
      FROM object o CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) item WHERE ${isGone('item.grantee')}
    UNION SELECT 'grantor', item.grantor || ' on ' || ${DESCRIPTION}, 'the role is gone: a restore grants it as the owner'
      FROM object o CROSS JOIN LATERAL pg_catalog.aclexplode(o.acl) item
     WHERE ${isGone('item.grantor')} AND item.grantor <> o.owner AND NOT (${isGone('item.grantee')})
    UNION SELECT 'owner', o.owner || ' of ' || ${DESCRIPTION}, 'the role is gone: who restores is the owner'
      FROM object o WHERE o.own AND ${isGone('o.owner')} AND NOT (${isDefault})
    UNION SELECT 'default privileges', ${DESCRIPTION}, 'the role is gone'
      FROM object o WHERE ${isGone('o.owner')} AND ${isDefault}
    UNION SELECT 'role of a policy', role.oid || ' of ' || pg_catalog.pg_describe_object('pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, 0),
           'the role is gone: a policy for nobody else is left out'
      FROM pg_catalog.pg_policy p CROSS JOIN LATERAL unnest(p.polroles) role(oid)
     WHERE ${isGone('role.oid')} AND ${isKept(omissions, 'pg_policy', 'p.oid')}
    UNION SELECT 'user mapping', 'for ' || m.umuser || ' on server ' || m.srvname, 'the role is gone'
      FROM pg_catalog.pg_user_mappings m WHERE ${isGone('m.umuser')}
    UNION SELECT 'setting of a role in the database', s.setrole::text, 'the role is gone'
      FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
     WHERE d.datname = pg_catalog.current_database() AND ${isGone('s.setrole')}
    UNION SELECT 'owner', d.datdba || ' of the database', 'the role is gone: who restores is the owner'
      FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() AND ${isGone('d.datdba')}
    UNION SELECT 'grant', 'to ' || item.grantee || ' on the database', 'the role is gone'
      FROM pg_catalog.pg_database d CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) item
     WHERE d.datname = pg_catalog.current_database() AND ${isGone('item.grantee')}
     ORDER BY 1, 2`);
  return rows.map(({ what, name, reason }) => ({
    what: String(what),
    name: String(name),
    reason: String(reason),
  }));
}
