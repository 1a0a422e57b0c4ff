import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PLAIN_BUCKET } from '../plain-bucket.ts';

/**
 * The bucket in which S3 logs who read what from the vault. It is kept when the stack is deleted, like the
 * vault. It is encrypted with S3's own key, because log delivery supports no other default encryption (Amazon
 * S3 User Guide, "Enabling Amazon S3 server access logging").
 */
export class AccessLogBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      ...PLAIN_BUCKET,
      versioned: true,
      lifecycleRules: [
        {
          id: 'expire',
          expiration: Duration.days(365),
          noncurrentVersionExpiration: Duration.days(1),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
    });
    this.bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  }

  /** Lets S3 deliver the access logs of `bucket` here. */
  acceptLogsOf(bucket: Bucket): void {
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AccessLogDelivery',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [this.bucket.arnForObjects('*')],
        conditions: {
          ArnLike: { 'aws:SourceArn': bucket.bucketArn },
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
        },
      }),
    );
  }
}
