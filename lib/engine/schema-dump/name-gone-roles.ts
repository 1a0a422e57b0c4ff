import { cString, message } from '../wire/backend-messages.ts';
import { textOf } from './own-answers.ts';

/** The query of pg_dump 18 for the names of all owners (pg_dump.c, collectRoleNames). */
const ASKS_FOR_ROLES = 'SELECT oid, rolname FROM pg_catalog.pg_roles ORDER BY 1';

export function asksForRoles(request: Uint8Array): boolean {
  return textOf(request).trim() === ASKS_FOR_ROLES;
}

/**
 * Adds dropped roles to pg_dump's query for all roles, and returns every other message unchanged. Each
 * dropped role is named by its OID, as in an aclitem. pg_dump fails if the role of an owner does not exist:
 * without these names, one catalog row would stop every backup.
 */
export function nameGoneRoles(request: Uint8Array, goneRoles: readonly number[]): Uint8Array {
  if (goneRoles.length === 0 || !asksForRoles(request)) return request;
  const gone = `unnest('{${goneRoles.join(',')}}'::pg_catalog.oid[]) AS gone(oid)`;
  return message(
    'Q',
    cString(
      `SELECT oid, rolname FROM pg_catalog.pg_roles
        UNION ALL SELECT gone.oid, gone.oid::pg_catalog.text::pg_catalog.name FROM ${gone} ORDER BY 1`,
    ),
  );
}
