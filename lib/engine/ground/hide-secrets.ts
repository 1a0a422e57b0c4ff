const HIDDEN = '********';
/**
 * Secrets that match this are too short to hide: they also occur in ordinary words. Hiding them there would
 * reveal them, whereas a text that holds one by chance reveals nothing.
 */
const MAY_BE_A_WORD = /^(?:.{0,3}|[\w-]{0,7})$/;

/**
 * Hides secrets in a text that Lifeboat did not write: the message of a server or a driver, a stack trace.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => !MAY_BE_A_WORD.test(secret))
    .toSorted((a, b) => b.length - a.length)
    .reduce((clean, secret) => clean.replaceAll(secret, HIDDEN), text);
}

/** The secret key of an age identity, X25519 or post-quantum, whatever it stands in. Bech32 may be in lower case. */
const AGE_KEY = /(AGE-SECRET-KEY-)[A-Z0-9-]+/gi;

/** Hides secret keys of age in any text: a person may have given one where a file or a name belongs. */
export function hideAgeKeys(text: string): string {
  return text.replace(AGE_KEY, `$1${HIDDEN}`);
}
