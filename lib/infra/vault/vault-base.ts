import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { grantStatements } from '../grant-statements.ts';
import type { IVault } from './vault-interface.ts';
import { readEverything } from './vault-statements.ts';

/** What every vault has in common. */
export abstract class VaultBase extends Construct implements IVault {
  abstract readonly bucket: IBucket;
  abstract readonly key: IKey;

  get url(): string {
    return `s3://${this.bucket.bucketName}`;
  }

  grantRead(grantee: IGrantable): Grant {
    return grantStatements(this, grantee, readEverything(this));
  }
}
