import { Duration } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { PLAIN_BUCKET } from '../plain-bucket.ts';

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
      ...PLAIN_BUCKET,
      lifecycleRules: [
        { id: 'short-lived', expiration: KEPT, abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    acknowledge(this.bucket, {
      id: 'AwsSolutions-S1',
      reason:
        'It holds names of objects for two weeks. Who reads the objects themselves is in the access log of the vault.',
    });
  }
}
