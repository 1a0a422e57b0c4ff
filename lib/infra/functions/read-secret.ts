import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** What a function needs to read one secret, and to decrypt it if it has a customer key. */
export function readSecret(secret: ISecret, key?: IKey): PolicyStatement[] {
  const read = new PolicyStatement({
    sid: 'ReadSecret',
    actions: ['secretsmanager:GetSecretValue'],
    resources: [secret.secretArn],
  });
  return key ? [read, decryptSecret(secret, key)] : [read];
}

/**
 * Secrets Manager names the secret in the encryption context (AWS Secrets Manager User Guide, "Secret
 * encryption").
 */
function decryptSecret(secret: ISecret, key: IKey): PolicyStatement {
  return new PolicyStatement({
    sid: 'DecryptSecret',
    actions: ['kms:Decrypt'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:EncryptionContext:SecretARN': secret.secretArn } },
  });
}
