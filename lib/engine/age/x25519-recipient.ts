import {
  createCipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import type { Recipient, Stanza } from 'age-encryption';

const LABEL = 'age-encryption.org/v1/X25519';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CHECKSUM_LETTERS = 6;
const KEY_BYTES = 32;

/**
 * A recipient `age1…` of the library, with the arithmetic of node:crypto: a backup makes a header for every
 * object, and the library takes more than twice as long for one (docs/performance.md). The format is that of the
 * C2SP age specification, "The X25519 recipient type". The text must have been checked (recipients.ts).
 */
export class X25519Recipient implements Recipient {
  readonly #stanza: typeof Stanza;
  readonly #bytes: Buffer;
  readonly #key: KeyObject;

  constructor(recipient: string, stanza: typeof Stanza) {
    this.#stanza = stanza;
    this.#bytes = bytesOf(recipient);
    this.#key = createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'X25519', x: this.#bytes.toString('base64url') },
    });
  }

  wrapFileKey(fileKey: Uint8Array): Stanza[] {
    const ephemeral = generateKeyPairSync('x25519');
    const share = Buffer.from(String(ephemeral.publicKey.export({ format: 'jwk' }).x), 'base64url');
    // OpenSSL refuses a result of zeros, as the specification wants it.
    const secret = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: this.#key });
    const salt = Buffer.concat([share, this.#bytes]);
    const key = Buffer.from(hkdfSync('sha256', secret, salt, LABEL, KEY_BYTES));
    const cipher = createCipheriv('chacha20-poly1305', key, Buffer.alloc(12), { authTagLength: 16 });
    const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
    return [new this.#stanza(['X25519', share.toString('base64').replace(/=+$/, '')], body)];
  }
}

/** The bytes of a bech32 text whose checksum fits (BIP 173). */
function bytesOf(recipient: string): Buffer {
  const letters = recipient.slice(recipient.lastIndexOf('1') + 1, -CHECKSUM_LETTERS);
  const bits = [...letters].map((letter) => BECH32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(
    Array.from({ length: KEY_BYTES }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2)),
  );
}
