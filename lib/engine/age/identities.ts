import { inspect } from 'node:util';
import type { Decrypter } from 'age-encryption';
import { LifeboatError } from '../ground/errors.ts';
import { loadAge } from './load-age.ts';

const SECRET_KEY = /^AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]+$/;

/**
 * The secret keys that open objects. They are never printed: `inspect`, JSON and string conversion show only
 * how many there are.
 */
export class Identities {
  readonly #keys: readonly string[];
  #decrypter: Promise<Decrypter> | undefined;
  #recipients: Promise<readonly string[]> | undefined;

  private constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  /**
   * Reads an identity file as `age-keygen` writes it: one secret key a line, empty lines and `#` comments.
   * Throws `identity-invalid`. `where` names the file or variable, for messages; nothing of the text is
   * repeated.
   */
  static async read(text: string, where: string): Promise<Identities> {
    const { Decrypter } = await loadAge();
    refuseEncrypted(text, where);
    const keys = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    if (keys.length === 0) throw invalid(where, 'holds no secret key', MAKE);
    keys.forEach((key, index) => {
      const fault = faultOf(key, Decrypter);
      if (fault !== undefined)
        throw invalid(where, `has a line that cannot be used: secret ${index + 1} ${fault}`, MAKE);
    });
    return new Identities(keys);
  }

  /** The public keys of these identities. */
  recipients(): Promise<readonly string[]> {
    this.#recipients ??= loadAge().then(({ identityToRecipient }) =>
      Promise.all(this.#keys.map((key) => identityToRecipient(key))),
    );
    return this.#recipients;
  }

  /** The library's decrypter with all these identities. */
  decrypter(): Promise<Decrypter> {
    this.#decrypter ??= loadAge().then((age) => {
      const decrypter = new age.Decrypter();
      for (const key of this.#keys) decrypter.addIdentity(key);
      return decrypter;
    });
    return this.#decrypter;
  }

  toString(): string {
    return `${this.#keys.length} age identities`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

const MAKE =
  'Give the file that `age-keygen` wrote: lines that start with AGE-SECRET-KEY-, and comments that start with #.';

function refuseEncrypted(text: string, where: string): void {
  if (text.startsWith('age-encryption.org/v1') || text.includes('-----BEGIN AGE ENCRYPTED FILE-----')) {
    throw invalid(
      where,
      'is itself encrypted, with a passphrase',
      'Lifeboat asks for no passphrase. Decrypt it on the way: `export LIFEBOAT_AGE_IDENTITY="$(age -d key.age)"`. Or into a file: `(umask 077; age -d key.age > key.txt)`.',
    );
  }
}

function faultOf(key: string, makes: typeof Decrypter): string | undefined {
  if (key.startsWith('-----BEGIN')) return 'begins an SSH or TLS key, and not one of age';
  if (key.startsWith('age1')) return 'is a public key; the secret key starts with AGE-SECRET-KEY-';
  if (key.startsWith('AGE-PLUGIN-')) return 'is for a plugin of age, which Lifeboat does not run';
  if (!SECRET_KEY.test(key)) return 'does not start with AGE-SECRET-KEY-';
  try {
    new makes().addIdentity(key);
    return undefined;
  } catch {
    // The library's message could repeat the key.
    return 'is mistyped or cut off: its checksum does not fit';
  }
}

function invalid(where: string, why: string, remedy: string): LifeboatError {
  return new LifeboatError({
    code: 'identity-invalid',
    kind: 'usage',
    what: `The age identity in ${where} cannot be used: it ${why}.`,
    meaning: 'Without the secret key nothing of an encrypted backup can be read.',
    remedy,
  });
}
