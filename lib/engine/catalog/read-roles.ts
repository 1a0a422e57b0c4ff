import type { QueryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { catalogMajor } from './catalog-major.ts';

/** A row of pg_roles, which shows no password, with the facts of other catalogs about the role. */
export interface RoleRow {
  readonly name: string;
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly createRole: boolean;
  readonly createDatabase: boolean;
  readonly login: boolean;
  readonly replication: boolean;
  readonly bypassRowSecurity: boolean;
  /** -1 for no limit. */
  readonly connectionLimit: number;
  readonly validUntil: string | null;
  /** `name=value` */
  readonly settings: readonly string[];
  readonly comment: string | null;
  readonly memberOf: readonly Membership[];
}

/** One membership. Several grants of it by different grantors count as one, with all their options. */
export interface Membership {
  readonly role: string;
  readonly admin: boolean;
  /** Null before 16, when the member's own INHERIT decides. */
  readonly inherit: boolean | null;
  /** Null before 16, when every member may SET ROLE. */
  readonly set: boolean | null;
}

/** Reads these roles, sorted by name. Names without a role are skipped. */
export async function readRoles(query: QueryRows, roleNames: readonly string[]): Promise<RoleRow[]> {
  if (roleNames.length === 0) return [];
  const withOptions = (await catalogMajor(query)) >= 16;
  const option = (column: string) => (withOptions ? `pg_catalog.bool_or(m.${column})` : 'NULL::boolean');
  const rows = await query(`
    SELECT pg_catalog.json_build_object(
             'name', r.rolname, 'superuser', r.rolsuper, 'inherit', r.rolinherit, 'createRole', r.rolcreaterole,
             'createDatabase', r.rolcreatedb, 'login', r.rolcanlogin, 'replication', r.rolreplication,
             'bypassRowSecurity', r.rolbypassrls, 'connectionLimit', r.rolconnlimit,
             'validUntil', r.rolvaliduntil::text, 'settings', coalesce(r.rolconfig, '{}'),
             'comment', pg_catalog.shobj_description(r.oid, 'pg_authid'),
             'memberOf', (
               SELECT coalesce(pg_catalog.json_agg(granted.membership ORDER BY granted.role), '[]'::json)
                 FROM (SELECT g.rolname AS role, pg_catalog.json_build_object(
                                'role', g.rolname, 'admin', pg_catalog.bool_or(m.admin_option),
                                'inherit', ${option('inherit_option')}, 'set', ${option('set_option')}) AS membership
                         FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
                        WHERE m.member = r.oid GROUP BY g.rolname) granted))::text AS role
      FROM pg_catalog.pg_roles r
     WHERE r.rolname IN (${roleNames.map(quoteLiteral).join(', ')})
     ORDER BY r.rolname`);
  return rows.map((row) => JSON.parse(String(row.role)) as RoleRow);
}
