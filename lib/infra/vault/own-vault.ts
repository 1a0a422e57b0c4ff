import { Annotations, Duration, RemovalPolicy, Tags } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockedEncryptionType,
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct, IDependable } from 'constructs';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { UNDRILLED_TAG_PREFIX } from '../../contract/undrilled-tag.ts';
import { AccessLogBucket } from './access-log-bucket.ts';
import { guardBucket, guardKey, guardLocks, KEY_DELETION_DAYS } from './guard.ts';
import { changesRule, lifecycleRules } from './lifecycle-rules.ts';
import type { ObjectLock } from './object-lock.ts';
import { denyOtherKeys } from './own-key.ts';
import type { Retention } from './retention.ts';
import { VaultBase } from './vault-base.ts';
import type { VaultInUse } from './vault-in-use.ts';
import { denyOverwriting } from './write-once.ts';

/** A first deployment that fails takes it away again; after that it stays, whatever becomes of the stack. */
const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** Properties of an {@link OwnVault}. */
export interface OwnVaultProps {
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

  /** A key that somebody else manages. @default - a key of the vault's own */
  readonly key?: IKey;

  /** How long backups are kept. */
  readonly retention: Retention;

  /**
   * The age before which captured changes do not expire, tagged or not, in days.
   *
   * @default - the longest that a source can have; each source that is captured has a rule of its own
   */
  readonly changesDays?: number;

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
export class OwnVault extends VaultBase implements VaultInUse {
  readonly ownBucket: Bucket;
  readonly key: IKey;
  readonly accessLogs: Bucket;
  readonly objectLock: ObjectLock | undefined;
  readonly keeperRoleName = undefined;
  readonly holdRoleName = undefined;
  readonly #undeleteDays: number;

  constructor(scope: Construct, id: string, props: OwnVaultProps) {
    super(scope, id);
    this.key = props.key ?? this.#makeKey(props);
    if (props.key && props.isGuarded) {
      Annotations.of(this).addWarningV2(
        'lifeboat:key-unguarded',
        `the vault of ${props.environment} is encrypted with a key of yours (${props.key.node.path}), whose policy Lifeboat does not change: whoever may delete or disable the key can make every backup unreadable, guard or not. Deny that in the key's own policy (docs/construct.md)`,
      );
    }
    this.objectLock = props.objectLock;
    this.#undeleteDays = props.retention.undeleteDays;
    const accessLogs = new AccessLogBucket(this, 'AccessLogs');
    this.accessLogs = accessLogs.bucket;
    this.ownBucket = new Bucket(this, 'Bucket', {
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
      lifecycleRules: lifecycleRules(props.retention, props.changesDays),
      // This cannot be enabled later: CloudFormation enables it only on new buckets.
      objectLockEnabled: true,
      ...(props.objectLock && { objectLockDefaultRetention: defaultRetention(props.objectLock) }),
      removalPolicy: KEPT,
    });
    denyOverwriting(this.ownBucket);
    denyOtherKeys(this.ownBucket, this.key);
    if (props.isGuarded) {
      const { retention, objectLock, environment } = props;
      const longestDays = Math.max(...RETENTION_CLASSES.map((name) => retention[name].days));
      guardBucket(this.ownBucket, environment);
      guardLocks(this.ownBucket, environment, objectLock?.mode ?? 'governance', longestDays);
    }
    // The bucket stays when the stack is deleted, so its policy must stay too.
    this.ownBucket.policy?.applyRemovalPolicy(KEPT);
    this.#logAccess(accessLogs);
  }

  get bucket(): IBucket {
    // CDK's own types do not go together under exactOptionalPropertyTypes.
    return this.ownBucket as IBucket;
  }

  #makeKey({ keyAlias, isGuarded, environment }: OwnVaultProps): Key {
    const key = new Key(this, 'Key', {
      description: 'Encrypts the backups in the vault. Without it no backup can be read.',
      enableKeyRotation: true,
      pendingWindow: Duration.days(KEY_DELETION_DAYS),
      ...(keyAlias !== undefined && { alias: keyAlias }),
      removalPolicy: KEPT,
    });
    if (isGuarded) guardKey(key, environment);
    return key;
  }

  /** Set on the L1 resource: the L2 construct would deploy a function just to set one property. */
  sendEvents(): void {
    const bucket = this.ownBucket.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }

  /**
   * Writes the name of a source that nobody drills into the bucket's tags. `lifeboat list` reads them to say when a
   * backup expires. A bucket takes 50 tags (Amazon S3 User Guide, "Using cost allocation S3 bucket tags").
   */
  tellUndrilled(source: string): void {
    Tags.of(this.ownBucket).add(`${UNDRILLED_TAG_PREFIX}${source}`, 'yes');
  }

  /** Lets S3 expire what the keeper has marked of a source's changes, once it is as old as that. */
  keepChanges(source: string, days: number): void {
    this.ownBucket.addLifecycleRule(changesRule(source, days, this.#undeleteDays));
  }

  /**
   * Makes the bucket's policy after `others`. The policy guards itself: once it is there, CloudFormation can
   * take neither it nor the bucket away again, so what may fail in a first deployment comes before it.
   */
  protectAfter(...others: IDependable[]): void {
    this.ownBucket.policy?.node.addDependency(...others);
  }

  /** Sets logging on the L1 resource: the L2 property uses an ACL, unless the app sets a feature flag. */
  #logAccess(accessLogs: AccessLogBucket): void {
    const resource = this.ownBucket.node.defaultChild as CfnBucket;
    resource.loggingConfiguration = {
      destinationBucketName: accessLogs.bucket.bucketName,
      logFilePrefix: 'vault/',
    };
    accessLogs.acceptLogsOf(this.ownBucket);
  }
}

/** What arrives without a lock of its own is locked as long as the class that locks shortest. */
function defaultRetention({ mode, days }: ObjectLock): ObjectLockRetention {
  const duration = Duration.days(Math.min(...Object.values(days)));
  return mode === 'compliance'
    ? ObjectLockRetention.compliance(duration)
    : ObjectLockRetention.governance(duration);
}
