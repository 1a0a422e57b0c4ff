import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** The header in which a monitor sends its secret, unless another is named. */
export const DEFAULT_HEADER = 'x-lifeboat-token';

/** Properties of the health endpoint. */
export interface HealthEndpointProps {
  /**
   * Lets everybody in who sends a secret in a header, for monitors that cannot sign requests.
   *
   * @default - IAM: callers need lambda:InvokeFunctionUrl and lambda:InvokeFunction, and sign their requests
   */
  readonly secretHeader?: SecretHeaderProps;
}

/** The secret of a health endpoint, and where a monitor puts it. */
export interface SecretHeaderProps {
  /** A secret whose whole text is what monitors send: long and random. */
  readonly secret: ISecret;

  /**
   * The customer key of the secret.
   *
   * @default - the key that the secret itself names, or else AWS's own key for Secrets Manager
   */
  readonly secretKey?: IKey;

  /**
   * The name of the header.
   *
   * @default 'x-lifeboat-token'
   */
  readonly header?: string;
}
