import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { healthResultKey } from '../../contract/health-results.ts';
import { acknowledge } from '../acknowledge.ts';
import { PLAIN_BUCKET } from '../plain-bucket.ts';

/** A result that nobody has written over for so long is of a source that nobody measures any more. */
const FORGOTTEN_AFTER = Duration.days(7);

/**
 * The bucket of the last results. It is not the vault: what is in the vault is written once, locked, replicated and kept,
 * and a result is written over every few minutes. Results hold names of tables and roles, but no row and no query as it was
 * written. The bucket stays when the stack is deleted, for a bucket that holds something cannot be deleted; its objects
 * expire.
 */
export class HealthResults extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      ...PLAIN_BUCKET,
      lifecycleRules: [
        {
          id: 'forget',
          expiration: FORGOTTEN_AFTER,
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    acknowledge(this.bucket, {
      id: 'AwsSolutions-S1',
      reason:
        'It holds the last result of each source, which is written over every few minutes; nobody needs to know who read it.',
    });
  }

  /** `s3://bucket` */
  get url(): string {
    return `s3://${this.bucket.bucketName}`;
  }

  /** Reads the last result of one source. */
  read(source: string): PolicyStatement {
    return new PolicyStatement({
      sid: 'ReadResult',
      actions: ['s3:GetObject'],
      resources: [this.#resultOf(source)],
    });
  }

  write(source: string): PolicyStatement {
    return new PolicyStatement({
      sid: 'WriteResult',
      actions: ['s3:PutObject'],
      resources: [this.#resultOf(source)],
    });
  }

  /**
   * To those who may not list, S3 does not say that there is no result yet (Amazon S3 API Reference, HeadObject). Nothing
   * is listed.
   */
  notice(): PolicyStatement {
    return new PolicyStatement({
      sid: 'NoticeMissingResult',
      actions: ['s3:ListBucket'],
      resources: [this.bucket.bucketArn],
      conditions: { Null: { 's3:prefix': 'true' } },
    });
  }

  #resultOf(source: string): string {
    return this.bucket.arnForObjects(healthResultKey(source));
  }
}
