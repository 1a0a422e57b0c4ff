import { printable } from './printable.ts';

/** A recipient of X25519 has 62 characters; a post-quantum one has 1,959, of which both ends are enough to compare. */
const LONGEST = 70;

/** Names everybody who can open something: a person agrees to that. */
export function encryptedTo(recipients: readonly string[]): string {
  if (recipients.length === 0) return 'not encrypted';
  const shown = recipients.map((one) =>
    printable(one.length > LONGEST ? `${one.slice(0, 30)}…${one.slice(-12)}` : one),
  );
  return `encrypted to ${shown.join(', ')}`;
}
