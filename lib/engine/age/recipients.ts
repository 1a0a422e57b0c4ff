import { LifeboatError, messageOf } from '../ground/errors.ts';
import { loadAge } from './load-age.ts';

/** The public keys that a backup is encrypted to, as age writes them: `age1…`. None of them is a secret. */
export type Recipients = readonly [string, ...string[]];

/** A header has a stanza for each recipient, and every object has a header. */
const MOST_RECIPIENTS = 20;

/**
 * Checks public keys: `age1…` (X25519), and `age1pq1…`, a hybrid of X25519 and ML-KEM-768. Leaves out
 * repetitions. Throws `age-recipient-invalid`. The text may be a secret key that somebody put there by
 * mistake, so only the beginning of a public key is repeated.
 */
export async function checkRecipients(texts: readonly string[]): Promise<Recipients> {
  const { Encrypter } = await loadAge();
  const [first, ...others] = new Set(texts.map((text) => text.trim()));
  if (first === undefined) throw invalid('No recipient was given.');
  if (others.length >= MOST_RECIPIENTS) {
    throw invalid(`${others.length + 1} recipients were given; ${MOST_RECIPIENTS} is the most.`);
  }
  for (const text of [first, ...others]) {
    if (/^AGE-SECRET-KEY-/i.test(text)) {
      throw invalid(
        'A recipient is a secret key.',
        'Whoever has seen this command line or this file can open the backups of that key: make a new one with `age-keygen`. Name the public key, which starts with age1.',
      );
    }
    // The library also makes stanzas for keys in hardware (age1tag1…), which it cannot open again.
    if (!/^age1(pq1)?[a-z0-9]+$/.test(text) || /^age1tag(pq)?1/.test(text)) throw invalid(unknown(text));
    try {
      new Encrypter().addRecipient(text);
    } catch (error) {
      throw invalid(`The recipient ${shown(text)} is not a public key of age: ${messageOf(error)}.`);
    }
  }
  const hybrid = [first, ...others].filter((text) => text.startsWith('age1pq1')).length;
  if (hybrid > 0 && hybrid <= others.length) {
    throw invalid(
      'The recipients mix age1pq1… with age1…',
      'Use recipients of one kind: whoever can break the weaker key one day opens the whole backup. age itself refuses the mixture, too.',
    );
  }
  return [first, ...others];
}

/** Reads a file of recipients as `age -R` does: one a line, without empty lines and `#` comments. */
export function recipientsInText(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function unknown(text: string): string {
  const kind = text.startsWith('ssh-')
    ? 'is an SSH key'
    : text.startsWith('age1')
      ? 'is for a plugin, or is mistyped'
      : 'does not start with age1';
  return `The recipient ${shown(text)} cannot be used: it ${kind}.`;
}

/** At most as much of a text as no secret fits into. */
function shown(text: string): string {
  return text.startsWith('age1') || text.startsWith('ssh-')
    ? `${text.slice(0, 16)}…`
    : `of ${text.length} characters`;
}

function invalid(what: string, remedy?: string): LifeboatError {
  return new LifeboatError({
    code: 'age-recipient-invalid',
    kind: 'usage',
    what,
    meaning: 'Nothing was backed up: without a valid public key nobody could open the backup.',
    remedy:
      remedy ??
      'Use public keys that start with age1 or age1pq1: `age-keygen` prints one for the key that it makes. Lifeboat does not use SSH keys and plugins.',
  });
}
