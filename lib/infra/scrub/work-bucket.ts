import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

/** Step Functions keeps the history of an execution for 90 days; somebody may want to see the results of the last one. */
const KEPT = Duration.days(14);

/**
 * Holds the lists and results of scrubs: names of objects, and no row. It is not the vault: there nobody may write without
 * If-None-Match, which Step Functions cannot send, and everything is locked for days.
 */
export class WorkBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        { id: 'short-lived', expiration: KEPT, abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      // CloudFormation cannot delete a bucket with objects in it. It is empty two weeks later.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledge(this.bucket, {
      id: 'AwsSolutions-S1',
      reason:
        'It holds names of objects for two weeks. Who reads the objects themselves is in the access log of the vault.',
    });
  }
}
