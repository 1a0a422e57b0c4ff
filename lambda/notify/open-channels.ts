import * as v from 'valibot';
import { LifeboatError, messageOf } from '../../lib/engine/ground/errors.ts';
import { hideSecrets } from '../../lib/engine/ground/hide-secrets.ts';
import { invalidAddress } from '../../lib/notify/address.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import { openChannel } from '../../lib/notify/open-channel.ts';
import type { ChannelSecret } from '../shared/environment.ts';
import { SecretValue } from '../shared/secret-value.ts';

/** Addresses are read again after so long, so that a changed secret counts soon. */
const KEPT_MS = 5 * 60_000;

const jsonSecret = v.object({ url: v.string(), secret: v.optional(v.string()) });

/** Reads the addresses of the channels from their secrets, and keeps them for minutes. Never logs them. */
export class ChannelSecrets {
  readonly #settings: readonly ChannelSecret[];
  #opened: Promise<Channel[]> | undefined;
  #openedAt = 0;

  constructor(settings: readonly ChannelSecret[]) {
    this.#settings = settings;
  }

  /** All channels. One that cannot be used is among them, and takes no message: another one then hears it, with the reason. */
  async open(now: () => Date, signal: AbortSignal): Promise<Channel[]> {
    if (this.#opened === undefined || now().getTime() - this.#openedAt > KEPT_MS) {
      this.#openedAt = now().getTime();
      this.#opened = Promise.all(this.#settings.map((setting) => openOne(setting, now, signal)));
    }
    const channels = await this.#opened;
    // What could not be read may be readable next time.
    if (channels.some(({ carry }) => carry)) this.#opened = undefined;
    return channels;
  }
}

async function openOne(setting: ChannelSecret, now: () => Date, signal: AbortSignal): Promise<Channel> {
  const { name, secretArn } = setting;
  let text = '';
  try {
    text = (await new SecretValue(secretArn, (why) => unreadable(setting, why)).read(signal)).trim();
    return openFrom(text, setting, now);
  } catch (error) {
    const failure =
      error instanceof LifeboatError
        ? error
        : invalidAddress(
            `The secret of the channel ${name} cannot be used: ${hideSecrets(messageOf(error), [text])}.`,
          );
    return unusable(setting, failure);
  }
}

/** The secret is an address, a key, or JSON with `url` and, of a webhook, `secret`. */
function openFrom(text: string, { name, kind, hears }: ChannelSecret, now: () => Date): Channel {
  const what = `The secret of the channel ${name}`;
  const { url, secret } = text.startsWith('{') ? parsed(text, what) : { url: text, secret: undefined };
  if (kind === 'webhook' && secret === undefined) {
    throw invalidAddress(
      `${what} holds no secret to sign messages with.`,
      undefined,
      'Store {"url": "https://…", "secret": "whsec_…"}: `echo whsec_$(openssl rand -base64 32)` makes one.',
    );
  }
  const isKey = kind === 'pagerduty' || kind === 'opsgenie';
  const address = isKey && !url.includes('://') ? `${kind}://${url}` : url;
  const chosen = isKey || /^[a-z]+\+https?:/.test(address) ? {} : { kind };
  const channel = openChannel(
    { address, what, name, severities: hears, secret, ...chosen },
    { mayBePlain: false, now },
  );
  if (channel.kind === kind) return channel;
  throw invalidAddress(`${what} is the address of ${channel.kind}, but the channel is of kind ${kind}.`);
}

function parsed(text: string, what: string): v.InferOutput<typeof jsonSecret> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // JSON.parse quotes the text, which is a secret.
    throw invalidAddress(`${what} begins with { but is not JSON.`);
  }
  const read = v.safeParse(jsonSecret, json);
  if (read.success) return read.output;
  throw invalidAddress(`${what} has no "url".`);
}

function unusable({ name, kind, hears }: ChannelSecret, failure: LifeboatError): Channel {
  return {
    ...{ name, kind, host: 'its secret cannot be used', severities: hears, secrets: [], foldsByKey: false },
    request: () => {
      throw failure;
    },
    carry: () => Promise.reject(failure),
  };
}

function unreadable({ name, secretArn }: ChannelSecret, why: string): LifeboatError {
  return new LifeboatError({
    code: 'channel-secret-unreadable',
    kind: 'internal',
    what: `The secret ${secretArn} of the channel ${name} cannot be read: ${why}.`,
    remedy:
      'Check that the secret exists. If it is encrypted with your own key, secretKeyArn of the channel must name that key.',
  });
}
