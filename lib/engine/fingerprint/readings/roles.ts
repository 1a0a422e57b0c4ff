import { quoteLiteral } from '../../ground/sql.ts';
import { identifier } from '../identity.ts';
import { hashed, type Reading, settingsWithoutSecrets, unorderedNames } from '../reading.ts';

/**
 * Memberships in listed roles and in predefined roles. Before 16, inheritance was an attribute of the member,
 * and every member could SET ROLE.
 */
function memberships(major: number, listed: (name: string) => string): string {
  const inherited = major >= 16 ? 'pg_catalog.bool_or(m.inherit_option)' : 'r.rolinherit';
  const settable = major >= 16 ? 'pg_catalog.bool_or(m.set_option)' : 'true';
  return `(SELECT pg_catalog.array_agg(granted.line)
     FROM (SELECT pg_catalog.quote_ident(g.rolname) ||
                  CASE WHEN pg_catalog.bool_or(m.admin_option) THEN ' with admin' ELSE '' END ||
                  CASE WHEN ${inherited} THEN '' ELSE ' without inherit' END ||
                  CASE WHEN ${settable} THEN '' ELSE ' without set' END AS line
             FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
            WHERE m.member = r.oid AND (${listed('g.rolname')} OR pg_catalog.left(g.rolname, 3) = 'pg_')
            GROUP BY g.rolname) granted)`;
}

/** Reads those of the given roles that exist. pg_roles shows no passwords. */
export function roles(major: number, roleNames: readonly string[]): Reading {
  const listed = (name: string) =>
    roleNames.length === 0 ? 'false' : `${name} IN (${roleNames.map(quoteLiteral).join(', ')})`;
  return {
    kind: `'role'`,
    name: { parts: ['r.rolname'], format: identifier },
    address: { catalog: 'pg_authid', oid: 'r.oid' },
    inSchema: false,
    from: 'pg_catalog.pg_roles r',
    // Predefined roles belong to the server, and differ between majors.
    where: `${listed('r.rolname')} AND pg_catalog.left(r.rolname, 3) <> 'pg_'`,
    facts: {
      superuser: 'r.rolsuper',
      noInherit: 'NOT r.rolinherit',
      createRole: 'r.rolcreaterole',
      createDatabase: 'r.rolcreatedb',
      login: 'r.rolcanlogin',
      replication: 'r.rolreplication',
      bypassRowSecurity: 'r.rolbypassrls',
      connectionLimit: 'NULLIF(r.rolconnlimit, -1)',
      validUntil: 'r.rolvaliduntil::text',
      settings: settingsWithoutSecrets('r.rolconfig', major),
      memberOf: unorderedNames(memberships(major, listed)),
      comment: hashed(`pg_catalog.shobj_description(r.oid, 'pg_authid')`),
    },
  };
}
