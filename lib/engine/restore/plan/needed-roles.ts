import { isGone } from '../../catalog/gone-role.ts';
import { goneRolesOf } from '../../sql-script/names-of-gone-roles.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { rolesNamedIn } from './rename-roles.ts';

export interface NeededRoles {
  /** Roles that the target lacks. */
  readonly missing: readonly string[];
  /** Roles that must own something, but to which the session's role may not give it. */
  readonly notPermitted: readonly string[];
}

/** Matches an owner as large-objects/metadata.sql writes it, in a DO block. */
const LARGE_OBJECT_OWNER = / OWNER TO "((?:[^"]|"")+)"/g;

/**
 * The roles that these statements name and that the target lacks, or that cannot become owners. `known` are
 * the roles of the source: earlier versions archived mentions of roles that were gone, and these need no
 * role.
 */
export function neededRoles(
  statements: readonly string[],
  largeObjectMetadata: string,
  { role, roles }: Pick<TargetFacts, 'role' | 'roles'>,
  known?: readonly string[],
): NeededRoles {
  const largeObjectOwners = [...largeObjectMetadata.matchAll(LARGE_OBJECT_OWNER)].map(([, owner = '']) =>
    owner.replaceAll('""', '"'),
  );
  const targets = statements.map((one) => ({ target: statementTarget(one) }));
  const gone = known === undefined ? new Set<string>() : goneRolesOf(targets, known);
  const isRole = (name: string) => !gone.has(name) && !isGone(name);
  const owners = statements.filter((one) => statementTarget(one).action === 'OWNER TO').flatMap(rolesNamedIn);
  const named = new Set([...statements.flatMap(rolesNamedIn), ...largeObjectOwners]);
  const mayNotOwn = (owner: string) => !role.isSuperuser && !role.canActAs.has(owner);
  return {
    // Nobody can create predefined roles.
    missing: [...named]
      .filter(isRole)
      .filter((name) => !roles.has(name) && !name.startsWith('pg_'))
      .sort(),
    notPermitted: [...new Set([...owners, ...largeObjectOwners])].filter(isRole).filter(mayNotOwn).sort(),
  };
}
