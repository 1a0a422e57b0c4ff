import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** A secret with the address of a monitor outside of the account, such as a check of healthchecks.io. */
export interface HeartbeatProps {
  /** The secret: an address, or JSON with one for each function. */
  readonly secret: ISecret;

  /** The customer key that encrypts the secret. @default - the key that the secret itself names, or AWS's own */
  readonly secretKey?: IKey;
}
