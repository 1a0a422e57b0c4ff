import { invalidAddress, isThisMachine, outsideUrl, secretsOf } from './address.ts';
import type { Channel, ChannelKind, Format } from './channel.ts';
import { discord } from './channels/discord.ts';
import { opsgenie } from './channels/opsgenie.ts';
import { pagerduty } from './channels/pagerduty.ts';
import { slack } from './channels/slack.ts';
import { teams } from './channels/teams.ts';
import { webhook } from './channels/webhook.ts';
import { SEVERITIES, type Severity } from './notification.ts';
import { secretBytes } from './signature.ts';

/** A channel as people write it. */
export interface ChannelSetting {
  readonly address: string;
  /** How errors name the setting: `Channel 2 of LIFEBOAT_NOTIFY`. */
  readonly what: string;
  readonly name?: string | undefined;
  /** @default - told by the host */
  readonly kind?: ChannelKind | undefined;
  /** @default - all */
  readonly severities?: readonly Severity[] | undefined;
  /** The secret of a webhook. */
  readonly secret?: string | undefined;
}

export interface ChannelSurroundings {
  /** Whether http:// may be used to other machines. */
  readonly mayBePlain: boolean;
  readonly now: () => Date;
}

const HOSTS: ReadonlyArray<readonly [ChannelKind, RegExp]> = [
  ['slack', /^hooks\.slack(-gov)?\.com$/],
  ['discord', /^((ptb|canary)\.)?discord(app)?\.com$/],
  ['teams', /\.(webhook\.office\.com|logic\.azure\.(com|us)|powerplatform\.com)$/],
];
/** https://developer.pagerduty.com/docs/send-alert-event: 32 characters. */
const PAGERDUTY_KEY = /^[A-Za-z0-9]{32}$/;
const OPSGENIE_KEY = /^[A-Za-z0-9-]{20,100}$/;

/** Opens a channel, without sending anything. Throws `notify-channel-invalid` or `notify-secret-invalid`, which show no address. */
export function openChannel(setting: ChannelSetting, surroundings: ChannelSurroundings): Channel {
  const { address, what, kind: given } = setting;
  const keyed = /^(pagerduty|opsgenie):\/\/([^@/?#]*)(?:@([^?#]+))?\/?$/.exec(address);
  if (keyed) {
    const [, scheme = '', key = '', server] = keyed;
    return scheme === 'pagerduty'
      ? pagerdutyChannel(setting, key, server, surroundings)
      : opsgenieChannel(setting, key, server, surroundings);
  }
  const [, prefix, bare = address] = /^(slack|discord|teams|webhook)\+(https?:.*)$/s.exec(address) ?? [];
  const url = outsideUrl(bare, what, surroundings.mayBePlain);
  if (/(^|\.)pagerduty\.com$/.test(url.hostname))
    throw byKey(what, 'PagerDuty', 'pagerduty://<integration key>');
  if (/(^|\.)opsgenie\.com$/.test(url.hostname)) throw byKey(what, 'Opsgenie', 'opsgenie://<API key>');
  const kind = given ?? (prefix as ChannelKind | undefined) ?? kindOfHost(url.hostname);
  const channel = (format: Format, secrets: readonly string[] = []) =>
    channelOf(setting, kind, url, format, secrets);
  switch (kind) {
    case 'slack':
      return channel(slack(url));
    case 'discord':
      return channel(discord(url));
    case 'teams':
      return channel(teams(url));
    case 'webhook':
      return channel(webhook(url, secretOf(setting), surroundings.now), [setting.secret ?? '']);
    default:
      throw byKey(what, kind, `${kind}://<key>`);
  }
}

function kindOfHost(hostname: string): ChannelKind {
  return HOSTS.find(([, pattern]) => pattern.test(hostname))?.[0] ?? 'webhook';
}

function channelOf(
  { name, severities = SEVERITIES }: ChannelSetting,
  kind: ChannelKind,
  url: URL,
  format: Format,
  secrets: readonly string[],
): Channel {
  const hidden = [...secretsOf(url), ...secrets].filter((secret) => secret !== '');
  return { ...format, name: name ?? kind, kind, host: url.host, severities, secrets: hidden };
}

function pagerdutyChannel(
  setting: ChannelSetting,
  key: string,
  server = 'events.pagerduty.com',
  { mayBePlain }: ChannelSurroundings,
): Channel {
  if (!PAGERDUTY_KEY.test(key)) {
    throw invalidAddress(
      `${setting.what}: the key after pagerduty:// does not have 32 letters and digits.`,
      undefined,
      'Take the integration key of an "Events API v2" integration of your service.',
    );
  }
  const url = serverUrl(setting, server, '/v2/enqueue', mayBePlain);
  return channelOf(setting, 'pagerduty', url, pagerduty(url, key), [key]);
}

function opsgenieChannel(
  setting: ChannelSetting,
  key: string,
  server = 'api.opsgenie.com',
  { mayBePlain }: ChannelSurroundings,
): Channel {
  if (!OPSGENIE_KEY.test(key)) {
    throw invalidAddress(
      `${setting.what}: there is no API key after opsgenie://.`,
      undefined,
      'Take the key of an API integration.',
    );
  }
  const url = serverUrl(setting, server, '/v2/alerts', mayBePlain);
  return channelOf(setting, 'opsgenie', url, opsgenie(url, key), [key]);
}

/** `api.eu.opsgenie.com`, or a server with a path before the API's own. */
function serverUrl({ what }: ChannelSetting, server: string, path: string, mayBePlain: boolean): URL {
  const { hostname = '' } = URL.parse(`https://${server}`) ?? {};
  const scheme = isThisMachine(hostname) ? 'http' : 'https';
  return outsideUrl(`${scheme}://${server.replace(/\/$/, '')}${path}`, what, mayBePlain);
}

function secretOf({ secret, what }: ChannelSetting): Buffer {
  const bytes = secret === undefined ? undefined : secretBytes(secret);
  if (bytes) return bytes;
  throw invalidAddress(
    secret === undefined
      ? `${what} is a webhook, and there is no secret to sign its messages with.`
      : `${what}: the secret is not Base64 of 24 to 64 bytes.`,
    'Without a signature anybody could send the receiver a message that seems to be from Lifeboat.',
    'Make one with `echo whsec_$(openssl rand -base64 32)`, put it into LIFEBOAT_NOTIFY_SECRET, and give it to the receiver. If it is a server that takes messages as Slack, Discord or Teams does, write slack+https://…, discord+https://… or teams+https://….',
  );
}

function byKey(what: string, service: string, form: string) {
  return invalidAddress(
    `${what} is the address of ${service}, whose key must be given.`,
    undefined,
    `Write ${form}.`,
  );
}
