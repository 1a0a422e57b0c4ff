import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { DrillCheckProps } from '../props/drill-check-props.ts';
import { signRecords } from '../signing-key.ts';
import { listChangesOf, readChanges, writeChangeProofs } from '../vault/changes-statements.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import {
  decryptObjects,
  encryptObjects,
  listBackupsOf,
  lockObjects,
  readBackups,
  writeProofs,
} from '../vault/vault-statements.ts';
import { lockVariable } from './lock-variable.ts';
import { publishMetricsOf } from './publish-metrics.ts';
import { readSecret } from './read-secret.ts';

/** What the function that drills a source and its task must both know. */
export interface DrillRights {
  readonly environment: string;
  readonly source: string;
  readonly vault: VaultInUse;
  readonly checks: readonly DrillCheckProps[];
  /** The secret that holds an age identity. @default - the backups are not encrypted by Lifeboat */
  readonly identitySecret?: ISecret;
  /** @default - the secret is encrypted by AWS's own key for Secrets Manager */
  readonly identitySecretKey?: IKey;
  /** The key in KMS that signs records of drills. @default - nobody signs them */
  readonly signingKey?: IKey;
  /**
   * Whether the vault is a replica. There a drill writes nothing: S3 brings the vault's proofs, and the keeper's
   * tags only for what S3 brought, so a proof of its own would never expire.
   *
   * @default false
   */
  readonly isReplica?: boolean;
  /** Whether the source's changes are captured, so that each drill proves those of the day before. @default false */
  readonly provesChanges?: boolean;
}

export function drillVariables(rights: DrillRights): Record<string, string> {
  const { vault, checks, identitySecret, signingKey, isReplica = false } = rights;
  return {
    [FUNCTION_VARIABLES.environment]: rights.environment,
    [FUNCTION_VARIABLES.vault]: vault.url,
    [FUNCTION_VARIABLES.source]: rights.source,
    ...(isReplica ? { [FUNCTION_VARIABLES.replica]: 'yes' } : lockVariable(vault)),
    ...(rights.provesChanges && { [FUNCTION_VARIABLES.provesChanges]: 'yes' }),
    ...(signingKey && !isReplica && { [FUNCTION_VARIABLES.signingKeyArn]: signingKey.keyArn }),
    ...(checks.length > 0 && { [FUNCTION_VARIABLES.drillChecks]: JSON.stringify(checks) }),
    ...(identitySecret && { [FUNCTION_VARIABLES.ageIdentitySecretArn]: identitySecret.secretArn }),
  };
}

/** Everything that whoever drills a source may do. */
export function drillStatements(scope: Construct, rights: DrillRights): PolicyStatement[] {
  const { vault, source, identitySecret, identitySecretKey, signingKey, isReplica = false } = rights;
  return [
    listBackupsOf(vault, source),
    readBackups(vault, source),
    ...(isReplica
      ? [decryptObjects(vault)]
      : [writeProofs(vault, source), ...lockObjects(vault, source, '*/proof.json'), encryptObjects(vault)]),
    ...(rights.provesChanges
      ? [listChangesOf(vault, source), readChanges(vault, source), writeChangeProofs(vault, source)]
      : []),
    ...(signingKey && !isReplica ? [signRecords(signingKey)] : []),
    ...(identitySecret ? readSecret(scope, identitySecret, identitySecretKey) : []),
    publishMetricsOf(rights.environment, source),
  ];
}
