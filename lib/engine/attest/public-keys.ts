import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { LifeboatError } from '../ground/errors.ts';
import { type Envelope, preAuthenticationEncoding } from './envelope.ts';

/** A key that a reader trusts. */
export interface PublicKey {
  /** SHA-256 of the key's DER, which `openssl pkey -pubin -outform DER | sha256sum` prints. */
  readonly keyId: string;
  readonly key: KeyObject;
  /** Where it was read from. */
  readonly file: string;
}

export const SUPPORTED_KEYS = 'ed25519 and ECDSA on P-256';

export function isSupported({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return (
    asymmetricKeyType === 'ed25519' ||
    (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1')
  );
}

export function keyIdOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** Reads a public key in PEM. Throws `public-key-invalid`: a private key is refused, for it has no place with a reader. */
export function readPublicKey(pem: string, file: string): PublicKey {
  let problem = 'is no public key in PEM';
  try {
    if (pem.includes('PRIVATE KEY')) problem = 'holds a private key';
    else {
      const key = createPublicKey(pem);
      if (isSupported(key)) return { key, keyId: keyIdOf(key), file };
      problem = 'is of a kind that Lifeboat does not sign with';
    }
  } catch {
    // The problem is named already.
  }
  throw new LifeboatError({
    code: 'public-key-invalid',
    kind: 'usage',
    what: `The public key ${file} ${problem}.`,
    meaning: 'Nothing was verified.',
    remedy: `Give the public key as PEM (${SUPPORTED_KEYS}): \`openssl pkey -in signing-key.pem -pubout\` prints it, and docs/evidence.md says how to take it from KMS.`,
  });
}

/** The key of these that made one of an envelope's signatures; undefined if none did. */
export function signedBy(envelope: Envelope, keys: readonly PublicKey[]): PublicKey | undefined {
  const message = preAuthenticationEncoding(envelope.payloadType, envelope.payload);
  return keys.find(({ key }) =>
    envelope.signatures.some(({ bytes }) => {
      try {
        return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', message, key, bytes);
      } catch {
        return false;
      }
    }),
  );
}
