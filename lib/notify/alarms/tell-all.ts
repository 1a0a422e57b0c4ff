import type { LifeboatError } from '../../engine/ground/errors.ts';
import { type Channel, shownChannel } from '../channel.ts';
import { deliver } from '../deliver.ts';
import { type Notification, SEVERITIES } from '../notification.ts';
import type { SendOptions } from '../send.ts';
import { together } from './together.ts';

/** How the messages of one invocation fared in one channel. */
export interface Outcome {
  /** `slack (hooks.slack.com)` */
  readonly channel: string;
  readonly title: string;
  readonly failure?: LifeboatError;
  /** The channel that heard it instead. */
  readonly insteadBy?: string;
  /** Nobody has heard it: neither this channel nor another one. */
  readonly isUnheard: boolean;
}

export interface TellOptions extends SendOptions {
  /**
   * For so long a channel is tried, with all its messages. One that hangs must not use up the time in which another one
   * can hear them. @default 40000
   */
  readonly longestMs?: number;
}

/** So long the tries may take to have another channel hear what one did not take. */
const LONGEST_INSTEAD_MS = 20_000;

/** A message that one channel did or did not take. */
interface Attempt {
  readonly channel: Channel;
  readonly message: Notification;
  /** The keys of what it tells: several if many were joined into one. */
  readonly keys: readonly string[];
  readonly failure: LifeboatError | undefined;
}

/**
 * Tells every channel what it hears: one message for each, or one for all if there are many and the channel does not
 * fold them by itself. What channels do not take is heard by another one, with all reasons. Throws nothing.
 */
export async function tellAll(
  notifications: readonly Notification[],
  channels: readonly Channel[],
  { longestMs = 40_000, ...options }: TellOptions = {},
): Promise<Outcome[]> {
  const limited = { ...options, signal: limitedTo(longestMs, options) };
  const told = await Promise.all(channels.map((channel) => tellOne(channel, notifications, limited)));
  const attempts = told.flat();
  const failed = attempts.filter(({ failure }) => failure !== undefined);
  const instead =
    failed.length === 0
      ? undefined
      : await tellAnother(notifications, attempts, channels, {
          ...options,
          signal: limitedTo(LONGEST_INSTEAD_MS, options),
        });
  const taken = new Set(attempts.filter(({ failure }) => !failure).flatMap(({ keys }) => keys));
  return attempts.map(({ channel, message, keys, failure }) => ({
    ...{ channel: shownChannel(channel), title: message.title },
    isUnheard: failure !== undefined && !instead && keys.some((key) => !taken.has(key)),
    ...(failure && { failure }),
    ...(failure && instead && { insteadBy: shownChannel(instead) }),
  }));
}

function limitedTo(ms: number, { signal }: SendOptions): AbortSignal {
  const limit = new AbortController();
  setTimeout(() => limit.abort(new Error('its messages took too long')), ms).unref();
  return AbortSignal.any([limit.signal, ...(signal ? [signal] : [])]);
}

/** One message after another, so that they arrive in their order. */
async function tellOne(
  channel: Channel,
  notifications: readonly Notification[],
  options: SendOptions,
): Promise<Attempt[]> {
  const heard = notifications.filter(({ severity }) => channel.severities.includes(severity));
  const attempts: Attempt[] = [];
  for (const message of channel.foldsByKey ? heard : together(heard)) {
    const failure = await failureOf(message, channel, options);
    const joined = heard.filter(({ state }) => state === message.state).map(({ key }) => key);
    const isAlone = heard.some(({ key }) => key === message.key);
    attempts.push({ channel, message, keys: isAlone ? [message.key] : joined, failure });
  }
  return attempts;
}

/**
 * The first channel that takes all that others did not: those first that have not heard it. Many messages are one there,
 * too, however the channel that failed would have had them.
 */
async function tellAnother(
  notifications: readonly Notification[],
  attempts: readonly Attempt[],
  channels: readonly Channel[],
  options: SendOptions,
): Promise<Channel | undefined> {
  const failures = attempts.filter(({ failure }) => failure !== undefined);
  const hasFailed = (channel: Channel) => failures.some((one) => one.channel === channel);
  const keys = new Set(failures.flatMap((one) => one.keys));
  const missed = notifications.filter(({ key }) => keys.has(key));
  const hasHeard = (channel: Channel) => {
    const heard = new Set(attempts.filter((one) => one.channel === channel).flatMap((one) => one.keys));
    return missed.every(({ key }) => heard.has(key));
  };
  const reasons = [...new Set(failures.map(({ failure }) => failure?.what))].join(' ');
  const others = channels.filter((channel) => !hasFailed(channel));
  for (const channel of others.toSorted((a, b) => Number(hasHeard(a)) - Number(hasHeard(b)))) {
    const note = `${reasons} That is why this channel hears it${hasHeard(channel) ? ' again' : ''}.`;
    if (await takesAll(withNote(together(missed), note), channel, options)) return channel;
  }
  return undefined;
}

async function takesAll(
  messages: readonly Notification[],
  channel: Channel,
  options: SendOptions,
): Promise<boolean> {
  for (const message of messages) {
    if ((await failureOf(message, channel, options)) !== undefined) return false;
  }
  return true;
}

function withNote(messages: readonly Notification[], note: string): Notification[] {
  return messages.map((one) => ({ ...one, note: one.note ? `${one.note} ${note}` : note }));
}

async function failureOf(
  message: Notification,
  channel: Channel,
  options: SendOptions,
): Promise<LifeboatError | undefined> {
  const [delivery] = await deliver(message, [channel], { ...options, severities: SEVERITIES });
  return delivery?.failure;
}
