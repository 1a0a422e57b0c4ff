import { Duration } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge-wildcards.ts';
import { peopleWithMfa } from './people-with-mfa.ts';
import { readExpiryRules, readMarksAndHolds } from './vault/keeper-statements.ts';
import type { Vault } from './vault/vault.ts';
import { decryptObjects } from './vault/vault-statements.ts';

/** What a {@link RestoreRole} is made from. */
export interface RestoreRoleProps {
  readonly vault: Vault;

  /**
   * ARNs of the users or roles that may assume the role.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly trustedArns?: string[];
}

/**
 * The role that people assume to read the vault: to list, verify and restore. It requires MFA within the last
 * hour, and does not allow writing or deleting.
 */
export class RestoreRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: RestoreRoleProps) {
    super(scope, id);
    const { vault } = props;
    const statements = [
      new PolicyStatement({
        sid: 'ListVault',
        actions: ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketLocation'],
        resources: [vault.bucket.bucketArn],
      }),
      new PolicyStatement({
        sid: 'ReadVault',
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: [vault.bucket.arnForObjects('*')],
      }),
      readMarksAndHolds(vault),
      readExpiryRules(vault),
      decryptObjects(vault),
    ];
    this.role = new Role(this, 'Role', {
      description: 'Lifeboat: read backups to verify and restore them; needs MFA',
      assumedBy: peopleWithMfa(props.trustedArns),
      // A restore of a large database takes longer than the usual hour.
      maxSessionDuration: Duration.hours(4),
      inlinePolicies: { Restore: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.role, statements);
  }
}
