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

/** Properties of a {@link Vault}. */
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
      // This cannot be enabled later: CloudFormation enables it only on new buckets.
      objectLockEnabled: true,
      ...(props.objectLock && { objectLockDefaultRetention: props.objectLock }),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    denyUnsealedWrites(this.bucket);
    // The bucket stays when the stack is deleted, so its policy must stay too.
    this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.#logAccess(accessLogs);
  }

  /** The vault's URL for the engine: `s3://bucket`. */
  get url(): string {
    return `s3://${this.bucket.bucketName}`;
  }

  /** Sets logging on the L1 resource: the L2 property uses an ACL, unless the app sets a feature flag. */
  #logAccess(accessLogs: AccessLogBucket): void {
    const resource = this.bucket.node.defaultChild as CfnBucket;
    resource.loggingConfiguration = {
      destinationBucketName: accessLogs.bucket.bucketName,
      logFilePrefix: 'vault/',
    };
    accessLogs.acceptLogsOf(this.bucket);
  }
}
