import { decrypt } from '../../age/decrypt.ts';
import type { Identities } from '../../age/identities.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { isEncrypted } from './encode.ts';

/** Decrypts the stored bytes of an object if its key says that they are encrypted. Throws `identity-missing`. */
export function openEncrypted(
  { identities }: Pick<ObjectStore, 'identities'>,
  key: string,
  stored: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  if (!isEncrypted(key)) return stored;
  if (identities === undefined) throw identityMissing(key);
  return decrypt(identities, stored);
}

/** Throws `identity-missing`, or `identity-does-not-fit` if none of the identities is one of the recipients'. */
export async function requireIdentity(
  identities: Identities | undefined,
  recipients: readonly string[],
  backup: string,
): Promise<void> {
  if (identities === undefined) throw identityMissing(backup, recipients);
  const own = await identities.recipients();
  if (!own.some((one) => recipients.includes(one))) throw identityDoesNotFit(backup, own, recipients);
}

export function identityMissing(what: string, recipients: readonly string[] = []): LifeboatError {
  return new LifeboatError({
    code: 'identity-missing',
    kind: 'usage',
    what: `${what} is encrypted${toRecipients(recipients)}, and no age identity was given.`,
    meaning: 'Without the secret key of one of its recipients, nothing in it can be read.',
    remedy:
      'Give the file that age-keygen wrote: --identity key.txt, or LIFEBOAT_AGE_IDENTITY_FILE=key.txt. A drill in a function takes it from the secret ageIdentitySecretArn.',
  });
}

export function identityDoesNotFit(
  what: string,
  own: readonly string[],
  recipients: readonly string[] = [],
): LifeboatError {
  return new LifeboatError({
    code: 'identity-does-not-fit',
    kind: 'usage',
    what: `${what} is encrypted${toRecipients(recipients)}; the given age identity is that of ${listed(own)}.`,
    meaning: 'With this secret key, nothing in it can be read. The backup itself may be sound.',
    remedy:
      'Give the identity of one of its recipients: `age-keygen -y key.txt` prints the recipients of an identity file, and `lifeboat show` those of a backup.',
  });
}

function toRecipients(recipients: readonly string[]): string {
  return recipients.length === 0 ? '' : ` to ${listed(recipients)}`;
}

/** Public keys, shortened: those of hybrid recipients have two thousand letters. */
export function listed(recipients: readonly string[]): string {
  return recipients.map((one) => (one.length > 70 ? `${one.slice(0, 40)}…` : one)).join(', ');
}
