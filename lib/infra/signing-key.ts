import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a {@link SigningKey} is made from. */
export interface SigningKeyProps {
  readonly environment: string;
}

const KEY_DELETION_DAYS = 30;

/**
 * The key that signs records of drills. Its private half never leaves KMS. It outlives the stack: old signatures can be
 * checked without it, and a new key of the same name could sign nothing that looks old. ECDSA on P-256 is what every tool
 * verifies; KMS has ed25519 too, but takes no more than 4096 bytes of a message for it.
 */
export class SigningKey extends Construct {
  readonly key: IKey;

  constructor(scope: Construct, id: string, { environment }: SigningKeyProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `Lifeboat: signs records of restore drills (${environment})`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      pendingWindow: Duration.days(KEY_DELETION_DAYS),
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

/** Signs, in the one way that is verified. */
export function signRecords(key: IKey): PolicyStatement {
  return new PolicyStatement({
    sid: 'SignRecords',
    actions: ['kms:Sign'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' } },
  });
}
