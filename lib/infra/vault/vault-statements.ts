import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { readExpiryRules, readMarksAndHolds } from './keeper-statements.ts';
import type { VaultInUse } from './vault-in-use.ts';
import type { IVault } from './vault-interface.ts';

/**
 * The permissions in the vault. They are written by hand, because CDK's grantReadWrite includes
 * s3:DeleteObject*, and its grantPut includes setting retention and legal hold. Nothing here may delete.
 */

/**
 * Writes objects of one source: chunks by multipart upload, abandoned when the backup fails. The bucket's
 * policy sees to it that nothing is written over.
 */
export function writeBackups(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteBackups',
    actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
    // Records of drills have a folder of their own, which only drills may write into.
    resources: [...objectsOf(vault, source, '*'), recordsOf(vault, 'backups', source)],
  });
}

/** Who makes a backup must not be able to say that it was proven, or found intact. */
export function neverWriteProofs(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'NeverWriteProofs',
    effect: Effect.DENY,
    actions: ['s3:PutObject'],
    resources: [...objectsOf(vault, source, '*/proof.json'), ...objectsOf(vault, source, 'scrubs/*')],
  });
}

/**
 * Locks what is written, for the days of its class and no longer, in the vault's mode. S3 asks for
 * PutObjectRetention when a write carries a lock (Amazon S3 User Guide, "Configuring S3 Object Lock"). It
 * also allows lengthening the lock of an older object, up to the same limit, but never shortening one: that
 * needs BypassGovernanceRetention. (Condition keys: Service Authorization Reference, "Actions, resources, and
 * condition keys for Amazon S3".)
 */
export function lockObjects(vault: VaultInUse, source: string, below: string): PolicyStatement[] {
  const lock = vault.objectLock;
  if (!lock) return [];
  return RETENTION_CLASSES.map(
    (name) =>
      new PolicyStatement({
        sid: `Lock${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
        actions: ['s3:PutObjectRetention'],
        resources: [vault.bucket.arnForObjects(`${name}/${source}/${below}`)],
        conditions: {
          StringEquals: { 's3:object-lock-mode': lock.mode.toUpperCase() },
          NumericLessThanEquals: { 's3:object-lock-remaining-retention-days': String(lock.days[name]) },
        },
      }),
  );
}

/**
 * A backup must be able to read its manifest: if S3's answer to the seal is lost, the retry gets 412, and the
 * backup must check whether that manifest is its own.
 */
export function readManifests(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadManifests',
    actions: ['s3:GetObject'],
    resources: objectsOf(vault, source, '*/manifest.json'),
  });
}

export function readBackups(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadBackups',
    actions: ['s3:GetObject'],
    resources: objectsOf(vault, source, '*'),
  });
}

export function writeProofs(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteProofs',
    actions: ['s3:PutObject'],
    resources: [...objectsOf(vault, source, '*/proof.json'), recordsOf(vault, 'drills', source)],
  });
}

/** Records who restored what: new objects below one folder, and nothing else. */
export function recordRestores(vault: IVault): PolicyStatement {
  return new PolicyStatement({
    sid: 'RecordRestores',
    actions: ['s3:PutObject'],
    resources: [recordsOf(vault, 'restores', '*')],
  });
}

export function readManifestsAndProofs(vault: IVault): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadManifestsAndProofs',
    actions: ['s3:GetObject'],
    resources: RETENTION_CLASSES.flatMap((name) => [
      vault.bucket.arnForObjects(`${name}/*/manifest.json`),
      vault.bucket.arnForObjects(`${name}/*/proof.json`),
    ]),
  });
}

/**
 * Allows listing the folders down to one source's backups, and below. The condition is `IfExists` because S3
 * answers a read of a missing key with 404 only to callers who may list, and such a read has no prefix
 * (Amazon S3 API Reference, HeadObject). Otherwise an attempt that was never sealed would look like a denied
 * access. As a consequence, the names of other keys can be listed too.
 */
export function listBackupsOf(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'ListBackups',
    actions: ['s3:ListBucket'],
    resources: [vault.bucket.bucketArn],
    conditions: {
      StringLikeIfExists: {
        's3:prefix': ['', ...RETENTION_CLASSES.flatMap((name) => [`${name}/`, `${name}/${source}/*`])],
      },
    },
  });
}

/** Lists, verifies and restores whatever is in the vault. */
export function readEverything(vault: IVault): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'ListVault',
      actions: ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketLocation'],
      resources: [vault.bucket.bucketArn],
    }),
    new PolicyStatement({
      sid: 'ReadVault',
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resources: [vault.bucket.arnForObjects('*')],
    }),
    readMarksAndHolds(vault),
    readExpiryRules(vault),
    decryptObjects(vault),
  ];
}

export function listVault(vault: IVault): PolicyStatement {
  return new PolicyStatement({
    sid: 'ListVault',
    actions: ['s3:ListBucket'],
    resources: [vault.bucket.bucketArn],
  });
}

/**
 * Multipart uploads need Decrypt besides GenerateDataKey (Amazon S3 User Guide, "Multipart upload API and
 * permissions").
 */
export function encryptObjects(vault: IVault): PolicyStatement {
  return keyStatement(vault, 'EncryptObjects', ['kms:GenerateDataKey', 'kms:Decrypt']);
}

export function decryptObjects(vault: IVault): PolicyStatement {
  return keyStatement(vault, 'DecryptObjects', ['kms:Decrypt']);
}

/**
 * Allows the key only for objects of this vault. S3 puts the bucket's ARN (with a bucket key) or the object's
 * ARN into the encryption context (Amazon S3 User Guide, "Reducing the cost of SSE-KMS with Amazon S3 Bucket
 * Keys").
 */
function keyStatement(vault: IVault, sid: string, actions: string[]): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions,
    resources: [vault.key.keyArn],
    conditions: {
      StringLike: {
        'kms:EncryptionContext:aws:s3:arn': [vault.bucket.bucketArn, vault.bucket.arnForObjects('*')],
      },
    },
  });
}

function recordsOf(vault: IVault, kind: string, source: string): string {
  return vault.bucket.arnForObjects(`evidence/${kind}/${source}/*`);
}

function objectsOf(vault: IVault, source: string, below: string): string[] {
  return RETENTION_CLASSES.map((name) => vault.bucket.arnForObjects(`${name}/${source}/${below}`));
}
