import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EXPIRY_TAG } from '../../contract/expiry-tag.ts';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import type { IVault } from './vault-interface.ts';

/**
 * Lets the keeper set one tag, with one value, and no other. Both conditions are needed: the first asks for the tag,
 * the second forbids others beside it (Amazon S3 User Guide, "Tagging and access control policies"). It is the only
 * statement of the stack that allows tagging. A tag alone deletes nothing: the bucket's rules expire a tagged object
 * only when it has the days of its class, or of its source's changes.
 */
export function markForExpiry(vault: IVault): PolicyStatement {
  return new PolicyStatement({
    sid: 'MarkForExpiry',
    actions: ['s3:PutObjectTagging'],
    resources: objectsThatExpire(vault),
    conditions: {
      StringEquals: { [`s3:RequestObjectTag/${EXPIRY_TAG.key}`]: EXPIRY_TAG.value },
      'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': [EXPIRY_TAG.key] },
    },
  });
}

/** Tells which objects are marked, and which are under a legal hold. Says nothing about their contents. */
export function readMarksAndHolds(vault: IVault): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadMarksAndHolds',
    actions: ['s3:GetObjectTagging', 's3:GetObjectLegalHold'],
    resources: objectsThatExpire(vault),
  });
}

/** Tells after how many days the rules of the bucket expire what, and of which sources nobody proves the backups. */
export function readExpiryRules(vault: IVault): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadExpiryRules',
    actions: ['s3:GetLifecycleConfiguration', 's3:GetBucketTagging'],
    resources: [vault.bucket.bucketArn],
  });
}

function objectsThatExpire(vault: IVault): string[] {
  return [...RETENTION_CLASSES, 'changes'].map((name) => vault.bucket.arnForObjects(`${name}/*`));
}
