import { hideSecrets } from '../../engine/ground/hide-secrets.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_VARIABLES = ['PGPASSWORD', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)([^\s/]+)@/gi;

/**
 * Takes out of a text whatever could be a secret: passwords in URLs, and the values of the environment's own secrets.
 * For texts that nobody has checked: an unexpected error's message and stack.
 */
export function redact(text: string, environment: Environment): string {
  const urls = [environment.LIFEBOAT_SOURCE_URL, environment.LIFEBOAT_TARGET_URL];
  return hideSecrets(text.replace(URL_PASSWORD, '$1********@'), [
    ...SECRET_VARIABLES.flatMap((name) => environment[name] || []),
    ...urls.flatMap((url) => passwordsIn(url ?? '')),
  ]);
}

/** A URL's password as it is written and as it is meant. */
function passwordsIn(url: string): string[] {
  const written = /^[a-z]+:\/\/[^:/@]*:(.*)@/i.exec(url)?.[1];
  if (!written) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
