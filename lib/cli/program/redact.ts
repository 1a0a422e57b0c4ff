import { hideAgeKeys, hideSecrets } from '../../engine/ground/hide-secrets.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_VARIABLES = ['PGPASSWORD', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)([^\s/]+)@/gi;

/**
 * Removes everything from a text that could be a secret: passwords in URLs, and the values of the
 * environment's secrets. Used for texts that nobody has checked: the message and the stack of an unexpected
 * error.
 */
export function redact(text: string, environment: Environment): string {
  const urls = [environment.LIFEBOAT_SOURCE_URL, environment.LIFEBOAT_TARGET_URL];
  return hideSecrets(hideAgeKeys(text.replace(URL_PASSWORD, '$1********@')), [
    ...SECRET_VARIABLES.flatMap((name) => environment[name] || []),
    ...urls.flatMap((url) => passwordsIn(url ?? '')),
  ]);
}

/** A URL's password, as written and decoded. */
function passwordsIn(url: string): string[] {
  const written = /^[a-z]+:\/\/[^:/@]*:(.*)@/i.exec(url)?.[1];
  if (!written) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
