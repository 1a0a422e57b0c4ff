/** The result of pg_get_userbyid() for a role that no longer exists. */
const GONE = /^unknown \(OID=(\d+)\)$/;

/**
 * Whether this is not a role's name, but the text that the server prints for a role that is gone. DROP ROLE
 * refuses while something depends on a role. Only the catalog of an older or damaged server can name such a
 * role: in initial privileges, or because somebody deleted rows from pg_authid.
 */
export function isGone(role: string): boolean {
  return GONE.test(role);
}
