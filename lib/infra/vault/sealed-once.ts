import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/**
 * Makes "sealed once" S3's promise and not our code's: nobody, whatever their own permissions, may write a manifest or
 * a proof without If-None-Match, which S3 refuses when the key exists. (Amazon S3 User Guide, "Enforce conditional
 * writes on Amazon S3 buckets". Its example lets the starting and part requests of a multipart upload through by
 * `s3:ObjectCreationOperation`, for they cannot carry the header; here they are meant to be refused as well, and so is
 * CopyObject: a manifest is one small PutObject.)
 */
export function denyUnsealedWrites(bucket: Bucket): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'SealOnlyWhatIsNotThere',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*/manifest.json'), bucket.arnForObjects('*/proof.json')],
      conditions: { Null: { 's3:if-none-match': 'true' } },
    }),
  );
}
