import type { ResultRow } from '../../target/target.ts';

/**
 * Whom default privileges give something on what the role that restores creates, by pg_default_acl.defaclobjtype. For
 * sequences those of all roles count: that of an identity column is its table's owner's. The names are quoted. An entry without names takes something from the owner or from everybody.
 */
export type DefaultGrants = ReadonlyMap<string, readonly string[]>;

export const DEFAULT_GRANTS = `
  SELECT d.defaclobjtype AS type, pg_catalog.quote_ident(r.rolname) AS grantee
    FROM pg_catalog.pg_default_acl d
    LEFT JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a ON a.grantee <> d.defaclrole
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
   WHERE d.defaclobjtype = 'S' OR d.defaclrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER)`;

export function defaultGrantsOf(rows: readonly ResultRow[]): DefaultGrants {
  const grantees = Map.groupBy(rows, ({ type }) => String(type));
  return new Map(
    [...grantees].map(([type, of]) => [type, [...new Set(of.flatMap(({ grantee }) => grantee ?? []))]]),
  );
}
