import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signWith,
} from 'node:crypto';
import { LifeboatError } from '../ground/errors.ts';
import type { GetOptions } from '../storage/object-store.ts';
import { isSupported, keyIdOf, SUPPORTED_KEYS } from './public-keys.ts';

/** Whoever can sign: a key in a file, or one in KMS that never leaves it. */
export interface Signer {
  /** A hint for whoever verifies. */
  readonly keyId: string;
  sign(message: Buffer, options: GetOptions): Promise<Buffer>;
}

/** A pair of ed25519 keys, in PEM: PKCS#8 and SPKI, as `openssl genpkey -algorithm ed25519` makes them. */
export function newSigningKey(): { readonly privatePem: string; readonly publicPem: string; keyId: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    keyId: keyIdOf(publicKey),
  };
}

/** Signs by the private key of a PEM file. Throws `signing-key-invalid`; the message never repeats the key. */
export function signerOf(pem: string, file: string): Signer {
  const key = readPrivateKey(pem, file);
  const keyId = keyIdOf(createPublicKey(key));
  return {
    keyId,
    sign: async (message) => signWith(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', message, key),
  };
}

function readPrivateKey(pem: string, file: string): KeyObject {
  let key: KeyObject | undefined;
  let problem = 'is no private key in PEM without a passphrase';
  try {
    key = createPrivateKey(pem);
    if (isSupported(key)) return key;
    problem = 'is of a kind that Lifeboat does not sign with';
  } catch {
    if (pem.includes('BEGIN PUBLIC KEY')) problem = 'holds a public key';
  }
  throw new LifeboatError({
    code: 'signing-key-invalid',
    kind: 'usage',
    what: `The signing key ${file} ${problem}.`,
    meaning: 'Nothing was signed.',
    remedy: `Make one with \`lifeboat evidence keygen\` or \`openssl genpkey -algorithm ed25519\` (Lifeboat signs with ${SUPPORTED_KEYS}).`,
  });
}
