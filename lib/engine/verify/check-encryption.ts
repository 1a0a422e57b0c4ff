import { AgeFileError } from '../age/age-file-error.ts';
import { lengthOfHeader, stanzasOf } from '../age/header.ts';
import { isEncrypted } from '../archive/codec/encode.ts';
import { requireIdentity } from '../archive/codec/open-encrypted.ts';
import { nameOfBackup } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import { rowsObjects } from '../archive/stored-objects.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** The objects that stay readable, because they say how to open the others. */
const PLAIN: readonly string[] = ['recovery-guide', 'restore-script'];

/** How the backup is encrypted, and whether this verification could look inside. */
export interface EncryptionReport {
  readonly recipients: readonly string[];
  /** Without an identity only sizes, SHA-256 and the headers of the objects are checked. */
  readonly opened: boolean;
}

/** Undefined for a backup that is not encrypted. Throws `identity-does-not-fit`. */
export async function encryptionOf(
  manifest: Manifest,
  { identities }: ObjectStore,
): Promise<EncryptionReport | undefined> {
  const { encryption } = manifest;
  if (!encryption) return undefined;
  if (identities) await requireIdentity(identities, encryption.recipients, nameOfBackup(manifest));
  return { recipients: encryption.recipients, opened: identities !== undefined };
}

/** Finds objects that are encrypted though the manifest does not say so, and the reverse. */
export function wrongEncryption({ encryption, objects, tables, largeObjects }: Manifest) {
  const secret = [
    ...objects.filter(({ purpose }) => !PLAIN.includes(purpose)),
    ...rowsObjects({ tables, largeObjects }),
  ];
  return secret
    .filter(({ key }) => isEncrypted(key) !== (encryption !== undefined))
    .map(({ key }) => ({
      name: key,
      problem: encryption
        ? 'is not encrypted, though the manifest names recipients'
        : 'is encrypted, though the manifest names no recipients',
    }));
}

/** Looks at the header of an age file while its bytes pass: nobody needs a secret key for that. */
export class HeaderCheck {
  readonly #expected: readonly string[];
  #beginning: Buffer = Buffer.alloc(0);
  #problem: string | undefined;
  #seen = false;

  constructor(recipients: readonly string[]) {
    this.#expected = recipients.map(stanzaFor).sort();
  }

  take(piece: Uint8Array): void {
    if (this.#seen) return;
    this.#beginning = Buffer.concat([this.#beginning, piece]);
    try {
      const length = lengthOfHeader(this.#beginning);
      if (length === undefined) return;
      this.#seen = true;
      const kinds = stanzasOf(this.#beginning.subarray(0, length)).sort();
      if (kinds.join(' ') !== this.#expected.join(' ')) {
        this.#problem = `has an age header for other recipients: ${kinds.join(', ')} instead of ${this.#expected.join(', ')}`;
      }
    } catch (error) {
      if (!(error instanceof AgeFileError)) throw error;
      this.#seen = true;
      this.#problem = error.message;
    }
  }

  /** Completes the sentence "this object …". Call it after all pieces. */
  problem(): string | undefined {
    return this.#seen ? this.#problem : 'ends within its age header';
  }
}

/** The kind of a recipient's stanza (C2SP age specification, "Native recipient types"). */
function stanzaFor(recipient: string): string {
  return recipient.startsWith('age1pq1') ? 'mlkem768x25519' : 'X25519';
}
