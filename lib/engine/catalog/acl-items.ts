/** One row of aclexplode(): grantee (null for PUBLIC), privilege, grantable, grantor. */
export type AclItem = readonly [
  grantee: string | null,
  privilege: string,
  grantable: boolean,
  grantor: string,
];

/** SQL that yields {@link AclItem}s of an aclitem[] as JSON, or null. */
export function aclItems(acl: string): string {
  return `CASE WHEN ${acl} IS NOT NULL THEN
    (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(
              CASE item.grantee WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(item.grantee) END,
              item.privilege_type, item.is_grantable, pg_catalog.pg_get_userbyid(item.grantor))), '[]'::json)
       FROM pg_catalog.aclexplode(${acl}) item) END`;
}
