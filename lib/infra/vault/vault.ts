import { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AccessLogBucket } from './access-log-bucket.ts';
import { lifecycleRules } from './lifecycle-rules.ts';
import type { Retention } from './retention.ts';
import { denyUnsealedWrites } from './sealed-once.ts';

/** What a {@link Vault} is made from. */
export interface VaultProps {
  /** How long backups are kept. */
  readonly retention: Retention;

  /**
   * Locks every object for some days from its creation, in governance or compliance mode.
   *
   * @default - no default lock; Object Lock itself is on, so that a legal hold can be put on any backup
   */
  readonly objectLock?: ObjectLockRetention;
}

/** The bucket that backups live in, with its key and its access logs. All three outlive the stack. */
export class Vault extends Construct {
  readonly bucket: Bucket;
  readonly key: Key;
  readonly accessLogs: Bucket;

  constructor(scope: Construct, id: string, props: VaultProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: 'Encrypts the backups in the vault. Without it no backup can be read.',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const accessLogs = new AccessLogBucket(this, 'AccessLogs');
    this.accessLogs = accessLogs.bucket;
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      versioned: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: lifecycleRules(props.retention),
      // Cannot be had later: CloudFormation enables it on new buckets only.
      objectLockEnabled: true,
      ...(props.objectLock && { objectLockDefaultRetention: props.objectLock }),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    denyUnsealedWrites(this.bucket);
    // What stays when the stack goes stays protected.
    this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.#logAccess(accessLogs);
  }

  /** `s3://bucket`, as the engine takes it. */
  get url(): string {
    return `s3://${this.bucket.bucketName}`;
  }

  /** Set on the resource: the L2 property falls back to an ACL unless the app around us has a feature flag set. */
  #logAccess(accessLogs: AccessLogBucket): void {
    const resource = this.bucket.node.defaultChild as CfnBucket;
    resource.loggingConfiguration = {
      destinationBucketName: accessLogs.bucket.bucketName,
      logFilePrefix: 'vault/',
    };
    accessLogs.acceptLogsOf(this.bucket);
  }
}
