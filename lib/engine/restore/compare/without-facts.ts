import type { FingerprintEntry } from '../../fingerprint/fingerprint.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';

/** A fingerprint has one digest of the owners, grants and comments of a thousand large objects. */
export const DIGEST_OF_MANY = 'ownersGrantsAndComments';

export function changesRoles({ noOwner, noPrivileges, mapRoles }: RestoreScope): boolean {
  return noOwner === true || noPrivileges === true || mapRoles !== undefined;
}

/** The entry without the facts that an option changed on purpose. */
export function withoutFacts(entry: FingerprintEntry, scope: RestoreScope): FingerprintEntry {
  const dropped = new Set([
    ...(scope.noOwner || scope.mapRoles ? ['owner', 'grants'] : []),
    ...(scope.noPrivileges || scope.mapRoles ? ['grants'] : []),
    ...(scope.mapRoles ? ['roles', 'role', 'user'] : []),
    ...(changesRoles(scope) ? [DIGEST_OF_MANY] : []),
  ]);
  if (dropped.size === 0) return entry;
  const facts = Object.fromEntries(Object.entries(entry.facts).filter(([fact]) => !dropped.has(fact)));
  return { ...entry, facts };
}
