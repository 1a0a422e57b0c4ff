import { Duration } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge-wildcards.ts';
import { peopleWithMfa } from './people-with-mfa.ts';
import {
  breakGlassRoleName,
  GUARDED_BUCKET_ACTIONS,
  GUARDED_KEY_ACTIONS,
  GUARDED_OBJECT_ACTIONS,
} from './vault/guard.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';

/** What a {@link BreakGlassRole} is made from. */
export interface BreakGlassRoleProps {
  readonly environment: string;
  readonly vault: VaultInUse;

  /**
   * ARNs of the users or roles that may assume the role.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly trustedArns?: readonly string[];
}

/**
 * The only role that may delete in the vault, change its lifecycle, versioning, locks, encryption and policy,
 * and delete or disable its key. Nothing uses it by itself. People assume it with MFA, for an hour at most,
 * to change a guarded setting or to remove a vault for good (docs/break-glass.md).
 */
export class BreakGlassRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: BreakGlassRoleProps) {
    super(scope, id);
    const { environment, vault } = props;
    const statements = [
      new PolicyStatement({
        sid: 'ChangeVault',
        actions: [
          ...GUARDED_BUCKET_ACTIONS,
          's3:GetBucketPolicy',
          's3:GetLifecycleConfiguration',
          's3:GetEncryptionConfiguration',
          's3:GetBucketVersioning',
          's3:GetBucketObjectLockConfiguration',
          's3:ListBucket',
          's3:ListBucketVersions',
        ],
        resources: [vault.bucket.bucketArn],
      }),
      new PolicyStatement({
        sid: 'DeleteFromVault',
        actions: [
          ...GUARDED_OBJECT_ACTIONS,
          's3:PutObjectLegalHold',
          's3:PutObjectRetention',
          's3:GetObjectRetention',
        ],
        resources: [vault.bucket.arnForObjects('*')],
      }),
      new PolicyStatement({
        sid: 'ChangeKey',
        actions: [
          ...GUARDED_KEY_ACTIONS,
          'kms:GetKeyPolicy',
          'kms:DescribeKey',
          'kms:EnableKey',
          'kms:CancelKeyDeletion',
        ],
        resources: [vault.key.keyArn],
      }),
    ];
    this.role = new Role(this, 'Role', {
      roleName: breakGlassRoleName(environment),
      description: `Lifeboat: change what protects the backups of ${environment}, or delete them; needs MFA`,
      assumedBy: peopleWithMfa(props.trustedArns),
      maxSessionDuration: Duration.hours(1),
      inlinePolicies: { BreakGlass: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.role, statements);
  }
}
