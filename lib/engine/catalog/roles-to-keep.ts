import type { QueryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { catalogMajor } from './catalog-major.ts';

/**
 * The named roles, their members, and the roles of which any of all these is a member, sorted. Members are
 * kept because they may be the roles that log in: an application's role may own nothing. Members of
 * predefined roles are not added.
 */
export async function rolesToKeep(query: QueryRows, named: readonly string[]): Promise<string[]> {
  if (named.length === 0) return [];
  // From 16 on, the creator of a role becomes a member for administration only, without the role's
  // privileges.
  const meaningful = (await catalogMajor(query)) >= 16 ? 'm.inherit_option OR m.set_option' : 'true';
  const rows = await query(`
    WITH RECURSIVE
      membership AS (SELECT m.roleid, m.member FROM pg_catalog.pg_auth_members m WHERE ${meaningful}),
      member(role) AS (
        SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname IN (${named.map(quoteLiteral).join(', ')})
        UNION SELECT m.member FROM member JOIN membership m ON m.roleid = member.role
                JOIN pg_catalog.pg_roles granted ON granted.oid = m.roleid
               WHERE pg_catalog.left(granted.rolname, 3) <> 'pg_'),
      kept(role) AS (
        SELECT member.role FROM member
        UNION SELECT m.roleid FROM kept JOIN membership m ON m.member = kept.role)
    SELECT r.rolname::text AS name
      FROM kept JOIN pg_catalog.pg_roles r ON r.oid = kept.role ORDER BY r.rolname`);
  return rows.map((row) => String(row.name));
}
