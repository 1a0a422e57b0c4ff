import { Duration } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { RETENTION_CLASSES } from '../contract/retention-classes.ts';
import { acknowledgeWildcards } from './acknowledge-wildcards.ts';
import { peopleWithMfa } from './people-with-mfa.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';
import { encryptObjects, listVault, readManifestsAndProofs } from './vault/vault-statements.ts';

/** What a {@link HoldRole} is made from. */
export interface HoldRoleProps {
  readonly vault: VaultInUse;

  /** The name that the vault's policy knows. @default - CloudFormation makes one up */
  readonly roleName?: string;

  /**
   * ARNs of the users or roles that may assume the role.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly trustedArns?: readonly string[];
}

/**
 * The role that people assume to put a legal hold on a backup and to lift it (`lifeboat hold`). It reads no row, and
 * can take the keeper's mark away from what it holds, but not set it. Its notes about holds are new objects.
 */
export class HoldRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: HoldRoleProps) {
    super(scope, id);
    const { vault } = props;
    const ofBackups = RETENTION_CLASSES.map((name) => vault.bucket.arnForObjects(`${name}/*`));
    const notes = vault.bucket.arnForObjects('holds/*');
    const statements = [
      listVault(vault),
      readManifestsAndProofs(vault),
      // The manifest of a backup that was deleted is read by its version.
      new PolicyStatement({
        sid: 'ReadDeletedManifests',
        actions: ['s3:GetObjectVersion'],
        resources: RETENTION_CLASSES.map((name) => vault.bucket.arnForObjects(`${name}/*/manifest.json`)),
      }),
      new PolicyStatement({
        sid: 'Hold',
        actions: [
          's3:GetObjectLegalHold',
          's3:PutObjectLegalHold',
          's3:GetObjectTagging',
          's3:GetObjectVersionTagging',
          's3:DeleteObjectTagging',
          's3:DeleteObjectVersionTagging',
        ],
        resources: ofBackups,
      }),
      new PolicyStatement({
        sid: 'ListVersions',
        actions: ['s3:ListBucketVersions'],
        resources: [vault.bucket.bucketArn],
      }),
      new PolicyStatement({
        sid: 'NoteHolds',
        actions: ['s3:GetObject', 's3:PutObject'],
        resources: [notes],
      }),
      encryptObjects(vault),
    ];
    this.role = new Role(this, 'Role', {
      ...(props.roleName !== undefined && { roleName: props.roleName }),
      description: 'Lifeboat: put legal holds on backups and lift them; needs MFA',
      assumedBy: peopleWithMfa(props.trustedArns),
      maxSessionDuration: Duration.hours(4),
      inlinePolicies: { Hold: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.role, statements);
  }
}
