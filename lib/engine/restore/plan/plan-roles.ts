import type { TableData } from '../../archive/manifest.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { neededRoles } from './needed-roles.ts';
import { refusal, refuseMissingRoles, refuseOwners } from './refusals.ts';
import type { PlannedEntry } from './restore-plan.ts';

/** The roles that have to be created. Throws when they cannot be created, or cannot own objects. */
export function rolesOf(
  { largeObjectMetadata, manifest }: BackupToRestore,
  target: TargetFacts,
  { roles, mapRoles, noOwner, noPrivileges }: RestoreScope,
  entries: readonly PlannedEntry[],
  largeObjects: boolean,
  tables: readonly TableData[],
): readonly string[] {
  const unknown = Object.values(mapRoles ?? {}).filter((role) => !target.roles.has(role));
  if (unknown.length > 0) {
    throw refusal(
      'target-roles-missing',
      `The server of ${target.display} does not have the roles ${unknown.join(', ')}, which --map-role names.`,
      'Create these roles, or name others.',
    );
  }
  const metadata = largeObjects && !(noOwner && noPrivileges) ? largeObjectMetadata : '';
  const { missing, notPermitted } = neededRoles(
    entries.flatMap((entry) => entry.adapted),
    noOwner ? '' : metadata,
    target,
    manifest.roles,
  );
  const inRows = tables.flatMap((table) => table.roles ?? []);
  const needed = [...new Set([...missing, ...inRows.filter((role) => isMissing(role, target))])].sort();
  refuseOwners(notPermitted, target);
  if (roles !== 'all') refuseMissingRoles(needed, target);
  return needed;
}

function isMissing(role: string, { roles }: TargetFacts): boolean {
  return !roles.has(role) && !role.startsWith('pg_');
}
