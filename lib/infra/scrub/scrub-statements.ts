import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import type { IVault } from '../vault/vault-interface.ts';

/** The permissions of a scrub. Nothing here writes below a class, tags, or deletes. */
export function readObjects(vault: IVault): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadObjects',
    actions: ['s3:GetObject'],
    resources: RETENTION_CLASSES.map((name) => vault.bucket.arnForObjects(`${name}/*`)),
  });
}

export function writeScrubRecords(vault: IVault): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteScrubRecords',
    // If an answer is lost, the next try finds an object, and has to see whether it is its own.
    actions: ['s3:PutObject', 's3:GetObject'],
    resources: ['scrubs/*', ...RETENTION_CLASSES.map((name) => `${name}/*/scrubs/*`)].map((below) =>
      vault.bucket.arnForObjects(below),
    ),
  });
}

export function writeLists(work: Bucket): PolicyStatement {
  return new PolicyStatement({
    sid: 'WriteScrubLists',
    actions: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'],
    resources: [work.arnForObjects('lists/*')],
  });
}

export function readWork(work: Bucket): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadScrubWork',
    actions: ['s3:GetObject'],
    resources: [work.arnForObjects('lists/*'), work.arnForObjects('results/*')],
  });
}
