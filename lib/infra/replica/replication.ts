import { Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { replicationRoleName } from '../../contract/stack-names.ts';
import { acknowledgeWildcards } from '../acknowledge-wildcards.ts';
import type { AlarmContext, LifeboatAlarm } from '../alarms/lifeboat-alarm.ts';
import { replicationFailedAlarm } from '../alarms/replica-alarms.ts';
import type { OwnVault } from '../vault/own-vault.ts';
import { decryptObjects } from '../vault/vault-statements.ts';
import { REPLICATION_RULE } from './replica-names.ts';
import type { ReplicaTarget } from './replica-target.ts';

/** What a {@link Replication} is made from. */
export interface ReplicationProps {
  readonly environment: string;
  readonly vault: OwnVault;
  readonly target: ReplicaTarget;
  readonly context: AlarmContext;
}

/**
 * Lets S3 replicate everything that is written into the vault from now on, with its tags, locks and holds.
 * Deletions are not replicated: what is deleted or expires here stays in the replica, until its own rules
 * expire it.
 */
export class Replication extends Construct {
  readonly role: Role;
  readonly target: ReplicaTarget;
  readonly failed: LifeboatAlarm;

  constructor(scope: Construct, id: string, props: ReplicationProps) {
    super(scope, id);
    const { environment, vault, target, context } = props;
    this.target = target;
    this.role = new Role(this, 'Role', {
      // The policies of a replica in another account name it.
      roleName: replicationRoleName(environment, Stack.of(this).region),
      description: `Lifeboat: with this role S3 replicates the vault of ${environment}`,
      // Only who may pass the role, in this account, can name it in a replication configuration. The guide
      // documents no source ARN or account with which S3 assumes it, and a condition that never holds would
      // stop the replication (Amazon S3 User Guide, "Setting up permissions for live replication").
      assumedBy: new ServicePrincipal('s3.amazonaws.com'),
    });
    const statements = replicationStatements(vault, target);
    // Not an inline policy of the role: the bucket names the role, and the policy names the bucket.
    const policy = new Policy(this, 'Policy', { statements, roles: [this.role] });
    acknowledgeWildcards(policy, statements);
    replicate(vault.bucket.node.defaultChild as CfnBucket, this.role, target);
    this.failed = replicationFailedAlarm(this, context, {
      sourceBucket: vault.bucket.bucketName,
      destinationBucket: target.bucketName,
    });
  }
}

function replicate(bucket: CfnBucket, role: Role, target: ReplicaTarget): void {
  bucket.replicationConfiguration = {
    role: role.roleArn,
    rules: [
      {
        id: REPLICATION_RULE,
        status: 'Enabled',
        priority: 1,
        filter: { prefix: '' },
        deleteMarkerReplication: { status: 'Disabled' },
        // Objects under a KMS key are replicated only if this says so (Amazon S3 User Guide, "Replicating
        // encrypted objects").
        sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
        destination: {
          bucket: target.bucketArn,
          // The ARN of a key or of an alias (Amazon S3 API Reference, "EncryptionConfiguration").
          encryptionConfiguration: { replicaKmsKeyId: target.keyAliasArn },
          // Not the time control of 15 minutes, which costs more for each GB. Metrics can be had alone
          // (Amazon S3 User Guide, "Using S3 Replication metrics").
          metrics: { status: 'Enabled' },
          ...(target.isInOtherAccount && {
            account: target.account,
            accessControlTranslation: { owner: 'Destination' },
          }),
        },
      },
    ],
  };
}

/**
 * What S3 needs to replicate, and nothing with which it could delete (Amazon S3 User Guide, "Setting up
 * permissions for live replication", "Using Object Lock with S3 Replication", "Replicating encrypted objects").
 */
function replicationStatements(vault: OwnVault, target: ReplicaTarget): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'ReadConfiguration',
      actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      resources: [vault.bucket.bucketArn],
    }),
    new PolicyStatement({
      sid: 'ReplicateFrom',
      actions: [
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionTagging',
        's3:GetObjectRetention',
        's3:GetObjectLegalHold',
      ],
      resources: [vault.bucket.arnForObjects('*')],
    }),
    new PolicyStatement({
      sid: 'ReplicateTo',
      actions: [
        's3:ReplicateObject',
        's3:ReplicateTags',
        ...(target.isInOtherAccount ? ['s3:ObjectOwnerOverrideToBucketOwner'] : []),
      ],
      resources: [target.objectsArn],
    }),
    decryptObjects(vault),
    new PolicyStatement({
      sid: 'EncryptReplicas',
      actions: ['kms:Encrypt', 'kms:GenerateDataKey'],
      resources: [target.keysArn],
      conditions: {
        // The key with this alias: a resource cannot name an alias (AWS KMS Developer Guide, "Use aliases to
        // control access to KMS keys").
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': target.keyAlias },
        StringLike: { 'kms:EncryptionContext:aws:s3:arn': [target.bucketArn, target.objectsArn] },
      },
    }),
  ];
}
