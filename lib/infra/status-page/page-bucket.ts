import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { STATUS_PAGE_KEY } from '../../contract/status-page.ts';
import { acknowledge } from '../acknowledge.ts';
import { PLAIN_BUCKET } from '../plain-bucket.ts';

/** A page that nobody renews any more says something that has not been true for long. */
const FORGOTTEN_AFTER = Duration.days(30);

/**
 * Holds the status page, and nothing else. It is not the vault: what lies there is written once, locked and replicated, and
 * the page is written over whenever something changes. The page holds names of tables and sizes, but no row.
 */
export class PageBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      ...PLAIN_BUCKET,
      lifecycleRules: [
        { id: 'forget', expiration: FORGOTTEN_AFTER, abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    acknowledge(this.bucket, {
      id: 'AwsSolutions-S1',
      reason:
        'It holds one page, which is written over; who reads the backups is in the access log of the vault.',
    });
  }

  /** `s3://bucket` */
  get url(): string {
    return `s3://${this.bucket.bucketName}`;
  }

  write(): PolicyStatement {
    return new PolicyStatement({
      sid: 'WriteStatusPage',
      actions: ['s3:PutObject'],
      resources: [this.bucket.arnForObjects(STATUS_PAGE_KEY)],
    });
  }

  /** The console shows an object only to somebody who may list its bucket. */
  read(): PolicyStatement[] {
    return [
      new PolicyStatement({
        sid: 'ReadStatusPage',
        actions: ['s3:GetObject'],
        resources: [this.bucket.arnForObjects(STATUS_PAGE_KEY)],
      }),
      new PolicyStatement({
        sid: 'FindStatusPage',
        actions: ['s3:ListBucket'],
        resources: [this.bucket.bucketArn],
      }),
    ];
  }
}
