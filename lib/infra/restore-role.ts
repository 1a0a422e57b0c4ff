import { Duration } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  ArnPrincipal,
  CompositePrincipal,
  PolicyDocument,
  PolicyStatement,
  type PrincipalBase,
  Role,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge-wildcards.ts';
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
 * hour, and does not allow writing or deleting. (Sessions of IAM Identity Center do not carry
 * aws:MultiFactorAuthPresent, because MFA happens at sign-in. People who use it need a permission set of
 * their own.)
 */
export class RestoreRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: RestoreRoleProps) {
    super(scope, id);
    const { vault, trustedArns = [] } = props;
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
    const [first, ...others]: PrincipalBase[] = trustedArns.map((arn) => new ArnPrincipal(arn));
    this.role = new Role(this, 'Role', {
      description: 'Lifeboat: read backups to verify and restore them; needs MFA',
      assumedBy: (first
        ? new CompositePrincipal(first, ...others)
        : new AccountRootPrincipal()
      ).withConditions({
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
      }),
      // A restore of a large database takes longer than the usual hour.
      maxSessionDuration: Duration.hours(4),
      inlinePolicies: { Restore: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.role, statements);
  }
}
