import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/**
 * Lets S3 guarantee that a backup is sealed only once, not our code: nobody may write a manifest or a proof
 * without If-None-Match, whatever their permissions, and S3 refuses such a write if the key exists. (Amazon
 * S3 User Guide, "Enforce conditional writes on Amazon S3 buckets". Its example uses
 * `s3:ObjectCreationOperation` to allow the start and part requests of a multipart upload, which cannot carry
 * the header. Here these must be refused too, and so must CopyObject: a manifest is one small PutObject.)
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
