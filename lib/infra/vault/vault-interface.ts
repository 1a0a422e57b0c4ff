import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';

/** Where backups live: a bucket and the key that encrypts it. */
export interface IVault extends IConstruct {
  /** The bucket. Do not add to its policy what allows to delete or to overwrite: the guard denies it anyway. */
  readonly bucket: IBucket;

  /** The key that encrypts every backup. */
  readonly key: IKey;

  /** The vault's URL for the command: `s3://bucket`. */
  readonly url: string;

  /**
   * Lets a principal of the same account list, verify and restore everything in the vault. Throws if the principal
   * belongs to another account, or is a service.
   */
  grantRead(grantee: IGrantable): Grant;
}
