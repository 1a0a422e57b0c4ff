/** What pg_get_userbyid() gives for a role that is not there any more. */
const GONE = /^unknown \(OID=(\d+)\)$/;

/**
 * Whether this is no role's name but what the server prints for a role that is gone. DROP ROLE refuses while something
 * depends on a role, except for what only the catalog of an older server or of a damaged one holds: initial privileges,
 * rows that somebody deleted from pg_authid.
 */
export function isGone(role: string): boolean {
  return GONE.test(role);
}
