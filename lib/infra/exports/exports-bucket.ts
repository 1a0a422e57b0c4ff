import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockedEncryptionType, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { exportsFolder } from '../../contract/exports.ts';
import { PLAIN_BUCKET } from '../plain-bucket.ts';
import { AccessLogBucket } from '../vault/access-log-bucket.ts';

/**
 * Holds exports, for days. It is not the vault: what is in the vault is locked, replicated and kept, and an export must go.
 * It has a key of its own, so that whoever may read exports need not be able to read backups. It stays when the stack is
 * deleted, for a bucket that holds something cannot be deleted; its objects expire.
 */
export class ExportsBucket extends Construct {
  readonly bucket: Bucket;
  readonly key: Key;
  readonly #days = new Set<number>();

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: 'Lifeboat: the exports',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const logs = new AccessLogBucket(this, 'AccessLogs');
    this.bucket = new Bucket(this, 'Bucket', {
      ...PLAIN_BUCKET,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      blockedEncryptionTypes: [BlockedEncryptionType.SSE_C],
      lifecycleRules: [{ id: 'uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    // The L2 construct would give the bucket of the logs an access control list, which a private bucket refuses.
    const resource = this.bucket.node.defaultChild as CfnBucket;
    resource.loggingConfiguration = {
      destinationBucketName: logs.bucket.bucketName,
      logFilePrefix: 'exports/',
    };
    logs.acceptLogsOf(this.bucket);
    this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }

  /** `s3://bucket` */
  get url(): string {
    return `s3://${this.bucket.bucketName}`;
  }

  /** Has what lies in the folder of so many days expire after them. */
  expireAfter(days: number): void {
    if (this.#days.has(days)) return;
    this.#days.add(days);
    this.bucket.addLifecycleRule({
      id: `after-${days}-days`,
      prefix: exportsFolder(days),
      expiration: Duration.days(days),
    });
  }

  /** Writes exports of one source, and sees which of them are there. Reads none of them, and deletes nothing. */
  write(source: string): PolicyStatement[] {
    return [
      new PolicyStatement({
        sid: 'WriteExports',
        actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
        resources: [this.bucket.arnForObjects(`keep-*-days/${source}/*`)],
      }),
      new PolicyStatement({
        sid: 'ListExports',
        actions: ['s3:ListBucket'],
        resources: [this.bucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': [`keep-*-days/${source}/*`] } },
      }),
      new PolicyStatement({
        sid: 'EncryptExports',
        actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
        resources: [this.key.keyArn],
        conditions: {
          StringLike: {
            'kms:EncryptionContext:aws:s3:arn': [this.bucket.bucketArn, this.bucket.arnForObjects('*')],
          },
        },
      }),
    ];
  }
}
