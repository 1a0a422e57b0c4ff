import { isGone } from '../../catalog/gone-role.ts';
import { goneRolesOf } from '../../sql-script/names-of-gone-roles.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { rolesNamedIn } from './rename-roles.ts';

export interface NeededRoles {
  /** Not in the target. */
  readonly missing: readonly string[];
  /** To own something, where the session's role may not give it to them. */
  readonly notPermitted: readonly string[];
}

/** As large-objects/metadata.sql writes it, in a DO block. */
const LARGE_OBJECT_OWNER = / OWNER TO "((?:[^"]|"")+)"/g;

/**
 * The roles that these statements name, as far as the target lacks them or they cannot become owners; `known` are those that the
 * source has: what earlier versions archived of roles that were gone needs none.
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
    // Predefined roles are made by no one.
    missing: [...named]
      .filter(isRole)
      .filter((name) => !roles.has(name) && !name.startsWith('pg_'))
      .sort(),
    notPermitted: [...new Set([...owners, ...largeObjectOwners])].filter(isRole).filter(mayNotOwn).sort(),
  };
}
