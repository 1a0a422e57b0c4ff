import { cString, message } from '../wire/backend-messages.ts';

/** How pg_dump 18 asks for the names of all owners (pg_dump.c, collectRoleNames). */
const ASKS_FOR_ROLES = 'SELECT oid, rolname FROM pg_catalog.pg_roles ORDER BY 1';

/**
 * The same message, but for pg_dump's question for all roles: its answer gets these OIDs besides, each called by its number, as
 * an aclitem calls it. An owner that is no role's any more ends pg_dump; without that, one catalog row would stop every backup.
 */
export function nameGoneRoles(request: Uint8Array, goneRoles: readonly number[]): Uint8Array {
  if (goneRoles.length === 0) return request;
  const query = Buffer.from(request.buffer, request.byteOffset, request.byteLength)
    .toString('latin1', 5, request.length - 1)
    .trim();
  if (query !== ASKS_FOR_ROLES) return request;
  const gone = `unnest('{${goneRoles.join(',')}}'::pg_catalog.oid[]) AS gone(oid)`;
  return message(
    'Q',
    cString(
      `SELECT oid, rolname FROM pg_catalog.pg_roles
        UNION ALL SELECT gone.oid, gone.oid::pg_catalog.text::pg_catalog.name FROM ${gone} ORDER BY 1`,
    ),
  );
}
