const HIDDEN = '********';
/**
 * A shorter secret is also a part of ordinary words. Hiding it there would tell everybody what it is, and a text that holds it by
 * chance gives nothing away.
 */
const MAY_BE_A_WORD = /^(?:.{0,3}|[\w-]{0,7})$/;

/** Takes secrets out of a text that somebody else wrote: of a server, a driver, a stack. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => !MAY_BE_A_WORD.test(secret))
    .toSorted((a, b) => b.length - a.length)
    .reduce((clean, secret) => clean.replaceAll(secret, HIDDEN), text);
}
