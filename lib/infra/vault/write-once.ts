import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

/**
 * Lets S3 guarantee that nothing in the vault is ever written over, not our code: an object that is put over
 * becomes a noncurrent version, which the lifecycle removes later, so overwriting is deleting. Nobody may
 * create an object without If-None-Match, whatever their permissions, and with it S3 refuses the write if the
 * key exists. (Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets".) The requests that
 * begin a multipart upload and send its parts cannot carry the header; they create nothing, and for them
 * `s3:ObjectCreationOperation` is false. CopyObject cannot carry it either, and is refused.
 */
export function denyOverwriting(bucket: Bucket): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'WriteOnce',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: {
        Null: { 's3:if-none-match': 'true' },
        Bool: { 's3:ObjectCreationOperation': 'true' },
      },
    }),
  );
  bucket.addToResourcePolicy(
    new PolicyStatement({
      // A manifest or a proof is one small PutObject. In parts it could be prepared before, and be completed
      // at a moment of the writer's choice, so not even the first request of an upload is allowed.
      sid: 'SealInOnePiece',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*/manifest.json'), bucket.arnForObjects('*/proof.json')],
      conditions: { Null: { 's3:if-none-match': 'true' } },
    }),
  );
}

/**
 * Denies everybody but one role, if there is one, to replicate into the bucket. Replication has permissions of its own,
 * which no condition on PutObject, DeleteObject or PutObjectTagging touches: somebody who may make a bucket and a role
 * could put versions over manifests, hide every backup, and mark it for expiry. Nobody may replicate a deletion.
 */
export function denyReplicasFromElsewhere(bucket: Bucket, replicationRoleArn?: string): void {
  const deny = (sid: string, actions: string[], conditions: Record<string, Record<string, string>> = {}) =>
    bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions,
        resources: [bucket.arnForObjects('*')],
        conditions,
      }),
    );
  deny('RefuseDeletions', ['s3:ReplicateDelete']);
  deny(
    'RefuseReplicas',
    ['s3:ReplicateObject', 's3:ReplicateTags'],
    replicationRoleArn === undefined ? {} : { ArnNotEquals: { 'aws:PrincipalArn': replicationRoleArn } },
  );
}
