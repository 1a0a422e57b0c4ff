import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ObjectLockSettings, RetentionSettings } from './environment/shared-settings.ts';
import type { PostgresBackupProps } from './props/postgres-backup-props.ts';
import { objectLockSettingsOf, retentionOf } from './props/settings-of-props.ts';
import { AdoptedVault } from './vault/adopted-vault.ts';
import { complianceWarning, objectLockOf } from './vault/object-lock.ts';
import { OwnVault } from './vault/own-vault.ts';
import { withRetentionDefaults } from './vault/retention.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';

/** What is set for a vault, whoever manages it. */
export interface VaultSettings {
  readonly retention: RetentionSettings;
  readonly objectLock: ObjectLockSettings;
  readonly isGuarded: boolean;
}

export function vaultSettingsOf(props: PostgresBackupProps): VaultSettings {
  const { vault, retention = {}, objectLock = {}, guard = true } = props;
  if (vault instanceof AdoptedVault) {
    // Its locks were checked when it was imported.
    return { retention: vault.retention, objectLock: {}, isGuarded: vault.isGuarded };
  }
  return {
    retention: retentionOf(retention),
    objectLock: objectLockSettingsOf(objectLock),
    isGuarded: guard,
  };
}

/** The vault that was given, or a new one. The props have been checked. */
export function vaultOf(scope: Construct, props: PostgresBackupProps): VaultInUse {
  const { vault, environment, bucketName, encryptionKey } = props;
  if (vault instanceof AdoptedVault) return vault;
  const settings = vaultSettingsOf(props);
  const retention = withRetentionDefaults(settings.retention);
  const objectLock = objectLockOf(settings.objectLock, retention);
  if (objectLock?.mode === 'compliance') {
    Annotations.of(scope).addWarningV2('lifeboat:compliance-lock', complianceWarning(objectLock));
  }
  return new OwnVault(scope, 'Vault', {
    ...{ environment, retention, isGuarded: settings.isGuarded },
    ...(bucketName !== undefined && { bucketName }),
    ...(encryptionKey && { key: encryptionKey }),
    ...(objectLock && { objectLock }),
  });
}

/** A vault whose bucket the stack manages: the checks have refused what needs one and has none. */
export function ownVault(vault: VaultInUse): OwnVault {
  if (vault instanceof OwnVault) return vault;
  throw new Error(`${vault.node.path} is managed by no stack`);
}
