import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/**
 * Denies everybody to write with another key than the vault's: whoever owns that key decides whether the
 * backup can be read. A request that says nothing about encryption gets the vault's key. One that says
 * something must name the key by its ARN: `aws:kms` alone would mean Amazon's own key for S3 (Amazon S3 User
 * Guide, "Specifying server-side encryption with AWS KMS"). Where a request carries no key, a condition with
 * StringNotEquals holds (IAM User Guide, "Condition operators"). Keys that a request brings along (SSE-C) are
 * blocked in the bucket's encryption settings.
 */
export function denyOtherKeys(bucket: Bucket, key: IKey): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'OwnKeyOnly',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: {
        Null: { 's3:x-amz-server-side-encryption': 'false' },
        StringNotEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': key.keyArn },
      },
    }),
  );
}
