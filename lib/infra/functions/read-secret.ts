import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';

/** What a function must be allowed to read one secret: the secret, and its customer key if it has one. */
export function readSecret(
  scope: IConstruct,
  secret: ISecret,
  key: IKey | undefined,
  /** Tells the statements of a second secret apart in one policy. */
  which = '',
): PolicyStatement[] {
  const ownKey = key ?? secret.encryptionKey;
  const arn = arnForPolicies(secret, Stack.of(scope));
  return [
    new PolicyStatement({
      sid: `ReadSecret${which}`,
      actions: ['secretsmanager:GetSecretValue'],
      resources: [arn],
    }),
    ...(ownKey ? [decryptSecret(arn, ownKey, which)] : []),
  ];
}

/**
 * The ARN that a policy must name. Secrets Manager adds a hyphen and six random characters to the name of a
 * secret, and checks permissions by the complete ARN, though it finds a secret by its name or by a partial ARN too
 * (AWS Secrets Manager API Reference, GetSecretValue, "SecretId"). Six question marks stand for characters that
 * nobody told, as in CDK's own grantRead; a `*` would allow other secrets whose names begin in the same way.
 */
function arnForPolicies(secret: ISecret, reader: Stack): string {
  // The ARN of a secret that another account or region of the same app makes is put together from its name.
  const { account, region } = secret.env;
  const isElsewhere = Secret.isSecret(secret) && (account !== reader.account || region !== reader.region);
  const complete = isElsewhere ? undefined : secret.secretFullArn;
  return complete ?? `${secret.secretArn}-??????`;
}

/**
 * Secrets Manager names the secret in the encryption context (AWS Secrets Manager User Guide, "Secret
 * encryption").
 */
function decryptSecret(secretArn: string, key: IKey, which: string): PolicyStatement {
  return new PolicyStatement({
    sid: `DecryptSecret${which}`,
    actions: ['kms:Decrypt'],
    resources: [key.keyArn],
    conditions: { StringLike: { 'kms:EncryptionContext:SecretARN': secretArn } },
  });
}
