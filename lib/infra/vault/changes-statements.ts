import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IVault } from './vault-interface.ts';

/** The permissions on the captured changes of one source: `changes/<source>/`. Nothing here may delete, tag or lock. */

/** Everything that a capture writes. It cannot write a proof, which lies beside. The bucket's policy sees to it that nothing is written over. */
export function writeChanges(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteChanges',
    actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
    resources: changesOf(vault, source, ['epochs', 'log', 'segments', 'leases']),
  });
}

/** What a capture goes on from. It reads no segment: these hold rows. */
export function readLogOfChanges(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadLogOfChanges',
    actions: ['s3:GetObject'],
    resources: changesOf(vault, source, ['epochs', 'log', 'leases']),
  });
}

/** The end of an epoch, when the capture is switched off: an entry of the log, written on the condition that there is none. */
export function noteEndOfChanges(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'NoteEndOfChanges',
    actions: ['s3:PutObject'],
    resources: changesOf(vault, source, ['log']),
  });
}

/** As listBackupsOf has it, the condition is `IfExists`: S3 says that a key is missing only to those who may list. */
export function listChangesOf(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'ListChanges',
    actions: ['s3:ListBucket'],
    resources: [vault.bucket.bucketArn],
    conditions: { StringLikeIfExists: { 's3:prefix': [`changes/${source}/*`] } },
  });
}

/** What a drill replays, and the results of earlier drills. */
export function readChanges(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadChanges',
    actions: ['s3:GetObject'],
    resources: changesOf(vault, source, ['epochs', 'log', 'segments', 'proofs']),
  });
}

/** What a drill found of the changes. The capture cannot write there. */
export function writeChangeProofs(vault: IVault, source: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteChangeProofs',
    actions: ['s3:PutObject'],
    resources: changesOf(vault, source, ['proofs']),
  });
}

/**
 * Tells the keeper which changes are still needed. It reads no segment. Small changes are part of the log's entries: with
 * `ageRecipients` they are encrypted there, too.
 */
export function readLogsOfAllChanges(vault: IVault): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadLogsOfChanges',
    actions: ['s3:GetObject'],
    resources: changesOf(vault, '*', ['epochs', 'log']),
  });
}

function changesOf(vault: IVault, source: string, folders: readonly string[]): string[] {
  return folders.map((folder) => vault.bucket.arnForObjects(`changes/${source}/${folder}/*`));
}
