import type { Construct } from 'constructs';
import { BreakGlassRole } from './break-glass-role.ts';
import { HoldRole } from './hold-role.ts';
import { RestoreRole } from './restore-role.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';

/** Who may assume the roles of a vault that are for people. */
export interface PeopleProps {
  /** @default - everybody in the account whose own permissions allow it; so for the others */
  readonly restorerArns?: readonly string[];
  readonly holderArns?: readonly string[];
  readonly breakGlassArns?: readonly string[];
}

/** The roles of a vault that are for people, by name. */
export interface RolesOfPeople {
  readonly restoreRole: RestoreRole;
  readonly holdRole: HoldRole;
  /** Undefined if the vault is not guarded. */
  readonly breakGlassRole: BreakGlassRole | undefined;
}

/** Makes the roles that people assume: to restore, to hold, and to break the glass of a vault that is guarded. */
export function rolesOfPeople(
  scope: Construct,
  vault: VaultInUse,
  environment: string,
  isGuarded: boolean,
  { restorerArns, holderArns, breakGlassArns }: PeopleProps,
): RolesOfPeople {
  const trusting = (trustedArns: readonly string[] | undefined) => ({
    vault,
    ...(trustedArns && { trustedArns }),
  });
  return {
    restoreRole: new RestoreRole(scope, 'Restore', trusting(restorerArns)),
    holdRole: new HoldRole(scope, 'Hold', {
      ...trusting(holderArns),
      ...(vault.holdRoleName !== undefined && { roleName: vault.holdRoleName }),
    }),
    breakGlassRole: isGuarded
      ? new BreakGlassRole(scope, 'BreakGlass', { environment, ...trusting(breakGlassArns) })
      : undefined,
  };
}
