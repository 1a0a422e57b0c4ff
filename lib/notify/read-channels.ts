import * as v from 'valibot';
import { LifeboatError } from '../engine/ground/errors.ts';
import { invalidAddress } from './address.ts';
import { CHANNEL_KINDS, type Channel } from './channel.ts';
import { SEVERITIES } from './notification.ts';
import { type ChannelSetting, openChannel } from './open-channel.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the settings name: channels to use, and what is wrong with the others. */
export interface ReadChannels {
  readonly channels: readonly Channel[];
  /** One for each channel that cannot be used. They show no address. */
  readonly problems: readonly LifeboatError[];
}

const entry = v.strictObject({
  url: v.string(),
  name: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,39}$/))),
  kind: v.optional(v.picklist(CHANNEL_KINDS)),
  severities: v.optional(v.pipe(v.array(v.picklist(SEVERITIES)), v.minLength(1))),
  secret: v.optional(v.string()),
});
const listSchema = v.array(v.union([v.string(), entry]));

/**
 * Reads the channels from `given`, each of which is an address or the name of a channel in LIFEBOAT_NOTIFY, or all of
 * LIFEBOAT_NOTIFY if nothing was given. A channel that cannot be used keeps no other from being used, and throws nothing:
 * a mistyped address must not keep a backup from being taken.
 */
export function readChannels(
  given: readonly string[],
  environment: Environment,
  now: () => Date,
): ReadChannels {
  const problems: LifeboatError[] = [];
  const declared = attempt(() => declaredIn(environment), problems) ?? [];
  const chosen =
    given.length === 0
      ? declared
      : given.flatMap((one, index) => {
          const setting = attempt(() => named(one, index, declared), problems);
          return setting ? [setting] : [];
        });
  const surroundings = { mayBePlain: environment.LIFEBOAT_NOTIFY_ALLOW_HTTP === 'yes', now };
  const secret = environment.LIFEBOAT_NOTIFY_SECRET || undefined;
  const channels = chosen.flatMap((setting) => {
    const channel = attempt(
      () => openChannel({ secret, ...withoutUndefined(setting) }, surroundings),
      problems,
    );
    return channel ? [channel] : [];
  });
  return { channels: withOwnNames(channels), problems };
}

function attempt<Result>(work: () => Result, problems: LifeboatError[]): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    problems.push(error);
    return undefined;
  }
}

function declaredIn({ LIFEBOAT_NOTIFY: text = '' }: Environment): ChannelSetting[] {
  const trimmed = text.trim();
  const what = (index: number) => `Channel ${index + 1} of LIFEBOAT_NOTIFY`;
  if (!/^[[{]/.test(trimmed)) {
    const addresses = trimmed.split(/[\s,]+/).filter((address) => address !== '');
    return addresses.map((address, index) => ({ address, what: what(index) }));
  }
  return parsed(trimmed).map((one, index) => {
    const { url, ...rest } = typeof one === 'string' ? { url: one } : one;
    return { address: url, what: what(index), ...rest };
  });
}

function parsed(text: string): v.InferOutput<typeof listSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // JSON.parse quotes the text, which is a secret.
    throw invalidList('is not JSON');
  }
  const result = v.safeParse(listSchema, Array.isArray(json) ? json : [json]);
  if (result.success) return result.output;
  const path = v.getDotPath(result.issues[0]);
  throw invalidList(`does not fit${path ? ` at ${path}` : ''}`);
}

function invalidList(problem: string): LifeboatError {
  return invalidAddress(
    `LIFEBOAT_NOTIFY ${problem}.`,
    undefined,
    'Write addresses, separated by commas, or JSON: [{"name": "ops", "url": "https://…", "severities": ["critical", "warning"]}].',
  );
}

function named(given: string, index: number, declared: readonly ChannelSetting[]): ChannelSetting {
  if (given.includes(':')) return { address: given, what: `The address of --notify (number ${index + 1})` };
  const byName = declared.find(({ name }) => name === given);
  if (byName) return byName;
  const names = declared.flatMap(({ name }) => name ?? []);
  throw invalidAddress(
    `No channel in LIFEBOAT_NOTIFY has the name that --notify gives (number ${index + 1}).`,
    undefined,
    names.length > 0
      ? `The names are ${names.join(', ')}.`
      : 'LIFEBOAT_NOTIFY names no channel: give it as JSON, with names.',
  );
}

function withoutUndefined(setting: ChannelSetting): ChannelSetting {
  return Object.fromEntries(
    Object.entries(setting).filter(([, value]) => value !== undefined),
  ) as unknown as ChannelSetting;
}

/** Two channels of one kind are told apart: `slack`, `slack-2`. */
function withOwnNames(channels: readonly Channel[]): Channel[] {
  const seen = new Map<string, number>();
  return channels.map((channel) => {
    const count = (seen.get(channel.name) ?? 0) + 1;
    seen.set(channel.name, count);
    return count === 1 ? channel : { ...channel, name: `${channel.name}-${count}` };
  });
}
