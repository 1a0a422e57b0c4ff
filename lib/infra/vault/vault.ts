import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockedEncryptionType,
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct, type IDependable } from 'constructs';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { AccessLogBucket } from './access-log-bucket.ts';
import { guardBucket, guardKey, guardLocks, KEY_DELETION_DAYS } from './guard.ts';
import { lifecycleRules } from './lifecycle-rules.ts';
import type { ObjectLock } from './object-lock.ts';
import { denyOtherKeys } from './own-key.ts';
import type { Retention } from './retention.ts';
import { denyOverwriting } from './write-once.ts';

/** A first deployment that fails takes it away again; after that it stays, whatever becomes of the stack. */
const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** Properties of a {@link Vault}. */
export interface VaultProps {
  readonly environment: string;

  /**
   * The bucket's name, if others must know it before there is a bucket. Such a bucket cannot be made again as
   * long as the old one exists.
   *
   * @default - CloudFormation makes one up
   */
  readonly bucketName?: string;

  /**
   * An alias of the key, if others must know it before there is a key.
   *
   * @default - none
   */
  readonly keyAlias?: string;

  /** How long backups are kept. */
  readonly retention: Retention;

  /**
   * How long the objects of each class are locked.
   *
   * @default - not at all; Object Lock itself is on, so that a legal hold can be put on any backup
   */
  readonly objectLock?: ObjectLock;

  /** Whether only the break-glass role may change what protects the vault. */
  readonly isGuarded: boolean;
}

/** The bucket that backups live in, with its key and its access logs. All three outlive the stack. */
export class Vault extends Construct {
  readonly bucket: Bucket;
  readonly key: Key;
  readonly accessLogs: Bucket;
  readonly objectLock: ObjectLock | undefined;

  constructor(scope: Construct, id: string, props: VaultProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: 'Encrypts the backups in the vault. Without it no backup can be read.',
      enableKeyRotation: true,
      pendingWindow: Duration.days(KEY_DELETION_DAYS),
      ...(props.keyAlias !== undefined && { alias: props.keyAlias }),
      removalPolicy: KEPT,
    });
    if (props.isGuarded) guardKey(this.key, props.environment);
    this.objectLock = props.objectLock;
    const accessLogs = new AccessLogBucket(this, 'AccessLogs');
    this.accessLogs = accessLogs.bucket;
    this.bucket = new Bucket(this, 'Bucket', {
      ...(props.bucketName !== undefined && { bucketName: props.bucketName }),
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      blockedEncryptionTypes: [BlockedEncryptionType.SSE_C],
      versioned: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: lifecycleRules(props.retention),
      // This cannot be enabled later: CloudFormation enables it only on new buckets.
      objectLockEnabled: true,
      ...(props.objectLock && { objectLockDefaultRetention: defaultRetention(props.objectLock) }),
      removalPolicy: KEPT,
    });
    denyOverwriting(this.bucket);
    denyOtherKeys(this.bucket, this.key);
    if (props.isGuarded) {
      const { retention, objectLock, environment } = props;
      const longestDays = Math.max(...RETENTION_CLASSES.map((name) => retention[name].days));
      guardBucket(this.bucket, environment);
      guardLocks(this.bucket, environment, objectLock?.mode ?? 'governance', longestDays);
    }
    // The bucket stays when the stack is deleted, so its policy must stay too.
    this.bucket.policy?.applyRemovalPolicy(KEPT);
    this.#logAccess(accessLogs);
  }

  /** The vault's URL for the engine: `s3://bucket`. */
  get url(): string {
    return `s3://${this.bucket.bucketName}`;
  }

  /**
   * Makes the bucket's policy after `others`. The policy guards itself: once it is there, CloudFormation can
   * take neither it nor the bucket away again, so what may fail in a first deployment comes before it.
   */
  protectAfter(...others: IDependable[]): void {
    this.bucket.policy?.node.addDependency(...others);
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

/** What arrives without a lock of its own is locked as long as the class that locks shortest. */
function defaultRetention({ mode, days }: ObjectLock): ObjectLockRetention {
  const duration = Duration.days(Math.min(...Object.values(days)));
  return mode === 'compliance'
    ? ObjectLockRetention.compliance(duration)
    : ObjectLockRetention.governance(duration);
}
