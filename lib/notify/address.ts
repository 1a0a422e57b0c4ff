import { LifeboatError } from '../engine/ground/errors.ts';

/** Reads an address outside, and never shows it. `what` names it: `--heartbeat`, `Channel 2 of LIFEBOAT_NOTIFY`. */
export function outsideUrl(address: string, what: string, mayBePlain: boolean): URL {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw invalidAddress(`${what} is not an address that begins with https://.`);
  }
  if (url.protocol === 'http:' && !mayBePlain && !isThisMachine(url.hostname)) {
    throw invalidAddress(
      `${what} sends to ${url.hostname} over http://, without encryption.`,
      'Everybody on the way could read the message and the secret in the address.',
      'Use https://, or set LIFEBOAT_NOTIFY_ALLOW_HTTP=yes if the network is your own.',
    );
  }
  return url;
}

export function isThisMachine(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

export function invalidAddress(
  what: string,
  meaning?: string,
  remedy = 'docs/notifications.md lists the addresses that can be given. The address is a secret, so it is not shown.',
): LifeboatError {
  return new LifeboatError({
    ...{ code: 'notify-channel-invalid', kind: 'usage', what, remedy },
    ...(meaning === undefined ? {} : { meaning }),
  });
}

/** The parts of an address that are secrets: all but the scheme and the host. */
export function secretsOf(url: URL): string[] {
  const parts = [...url.pathname.split('/'), ...url.searchParams.values(), url.username, url.password];
  const beyondHost = `${url.pathname}${url.search}`;
  return [url.href, beyondHost, ...parts].filter((part) => part.length >= 8);
}
