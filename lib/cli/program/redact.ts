import { hideAgeKeys, hideSecrets } from '../../engine/ground/hide-secrets.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_VARIABLES = [
  'PGPASSWORD',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LIFEBOAT_NOTIFY_SECRET',
  'LIFEBOAT_HEARTBEAT_URL',
] as const;
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)([^\s/]+)@/gi;

/** Addresses that let anybody send to a channel: the host may be shown, and what is behind it may not. */
const WEBHOOK =
  /((?:\+|\b)https?:\/\/(?:hooks\.slack(?:-gov)?\.com|(?:\w+\.)?discord(?:app)?\.com|[\w.-]+\.webhook\.office\.com|[\w.-]+\.logic\.azure\.\w+|[\w.:-]+\.powerplatform\.com|hc-ping\.com|[\w.-]*betterstack\.com)[:\d]*\/)[^\s'"]+/gi;
const KEY_ADDRESS = /\b((?:pagerduty|opsgenie):\/\/)[^\s'"@]+/gi;

/**
 * Removes everything from a text that could be a secret: passwords in URLs, and the values of the
 * environment's secrets. Used for texts that nobody has checked: the message and the stack of an unexpected
 * error.
 */
export function redact(text: string, environment: Environment): string {
  const urls = [environment.LIFEBOAT_SOURCE_URL, environment.LIFEBOAT_TARGET_URL];
  const withoutAddresses = text
    .replace(WEBHOOK, '$1********')
    .replace(KEY_ADDRESS, '$1********')
    .replace(URL_PASSWORD, '$1********@');
  return hideSecrets(hideAgeKeys(withoutAddresses), [
    ...SECRET_VARIABLES.flatMap((name) => environment[name] || []),
    ...urls.flatMap((url) => passwordsIn(url ?? '')),
    ...addressesIn(environment.LIFEBOAT_NOTIFY ?? ''),
  ]);
}

/** The addresses in LIFEBOAT_NOTIFY, in either of its forms, and the secrets beside them. */
function addressesIn(text: string): string[] {
  return text.split(/[\s,"'[\]{}]+/).filter((part) => /:\/\/|^whsec_/.test(part));
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
