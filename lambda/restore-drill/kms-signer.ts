import { createHash } from 'node:crypto';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import type { Signer } from '../../lib/engine/attest/signing-key.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';

/**
 * Signs by a key that never leaves KMS: ECDSA on P-256, with SHA-256. KMS takes at most 4096 bytes of a message, so it gets
 * the hash (AWS KMS API Reference, "Sign"); its answer is DER, as `openssl dgst -verify` reads it. Undefined without a key.
 */
export function kmsSigner(keyArn: string | undefined): Signer | undefined {
  if (keyArn === undefined) return undefined;
  const client = new KMSClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  return {
    keyId: keyArn,
    sign: async (message, { signal }) => {
      const command = new SignCommand({
        KeyId: keyArn,
        Message: createHash('sha256').update(message).digest(),
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
      });
      const { Signature } = await client.send(command, signal ? { abortSignal: signal } : {});
      if (Signature) return Buffer.from(Signature);
      throw new LifeboatError({
        code: 'kms-no-signature',
        kind: 'internal',
        what: 'KMS answered without a signature.',
      });
    },
  };
}
