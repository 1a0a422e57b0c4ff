import type { Construct } from 'constructs';
import { AdoptedVault } from './adopted-vault.ts';
import type { VaultAttributes } from './vault-attributes.ts';
import type { IVault } from './vault-interface.ts';

/** Vaults that are there already. A `PostgresBackup` makes its own if it is given none. */
export class Vault {
  /**
   * A vault that outlived its stack, to be given to a `PostgresBackup` of the same environment. The bucket, its policy,
   * lifecycle, locks, access logs and key stay as they are, and no stack manages them (docs/construct.md). Throws if
   * the attributes contradict each other or the stack's account and region.
   */
  static fromVaultAttributes(scope: Construct, id: string, attributes: VaultAttributes): IVault {
    return new AdoptedVault(scope, id, attributes);
  }

  private constructor() {}
}
