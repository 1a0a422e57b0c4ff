import { Stack } from 'aws-cdk-lib';
import { AccountPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { replicationRoleName } from '../../contract/stack-names.ts';
import type { OwnVault } from '../vault/own-vault.ts';

/** The vault that a replica is of. */
export interface VaultToReplicate {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
}

/**
 * Lets the replication role of another account put replicas here, and encrypt them. (Within one account the
 * role's own permissions are enough.) The policies name the account, and the role by a condition: a policy
 * whose principal is a role that does not exist is refused, and the replica is deployed before the role. The
 * ARN of the role is in every request that it signs (IAM User Guide, "AWS global condition context keys").
 */
export function acceptReplicas(vault: OwnVault, source: VaultToReplicate): void {
  const theirRole = {
    principals: [new AccountPrincipal(source.account)],
    conditions: { ArnEquals: { 'aws:PrincipalArn': replicationRoleArn(vault, source) } },
  };
  vault.bucket.addToResourcePolicy(
    new PolicyStatement({
      ...theirRole,
      sid: 'AcceptReplicas',
      effect: Effect.ALLOW,
      actions: ['s3:ReplicateObject', 's3:ReplicateTags', 's3:ObjectOwnerOverrideToBucketOwner'],
      resources: [vault.bucket.arnForObjects('*')],
    }),
  );
  vault.bucket.addToResourcePolicy(
    new PolicyStatement({
      ...theirRole,
      sid: 'TellReplication',
      effect: Effect.ALLOW,
      actions: ['s3:GetBucketVersioning', 's3:ListBucket'],
      resources: [vault.bucket.bucketArn],
    }),
  );
  vault.key.addToResourcePolicy(
    new PolicyStatement({
      ...theirRole,
      sid: 'EncryptReplicas',
      effect: Effect.ALLOW,
      actions: ['kms:Encrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
    }),
    false,
  );
}

/** The ARN of the role that may replicate into this vault. It may not exist yet. */
export function replicationRoleArn(
  scope: Construct,
  { environment, account, region }: VaultToReplicate,
): string {
  return Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    account,
    resource: 'role',
    resourceName: replicationRoleName(environment, region),
  });
}
