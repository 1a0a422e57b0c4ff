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
}

/** A message that one channel did or did not take. */
interface Attempt {
  readonly channel: Channel;
  readonly message: Notification;
  readonly failure: LifeboatError | undefined;
}

/**
 * Tells every channel what it hears: one message for each, or one for all if there are many and the channel does not
 * fold them by itself. What channels do not take is heard once by another one, with all reasons. Throws nothing.
 */
export async function tellAll(
  notifications: readonly Notification[],
  channels: readonly Channel[],
  options: SendOptions = {},
): Promise<Outcome[]> {
  const told = await Promise.all(channels.map((channel) => tellOne(channel, notifications, options)));
  const attempts = told.flat();
  const failed = Map.groupBy(
    attempts.filter(({ failure }) => failure !== undefined),
    ({ message }) => message.key,
  );
  const instead = new Map<string, Channel | undefined>();
  for (const [key, failures] of failed) {
    instead.set(key, await tellAnother(failures, attempts, channels, options));
  }
  return attempts.map(({ channel, message, failure }) => {
    const heir = failure && instead.get(message.key);
    return {
      ...{ channel: shownChannel(channel), title: message.title },
      ...(failure && { failure }),
      ...(heir && { insteadBy: shownChannel(heir) }),
    };
  });
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
    attempts.push({ channel, message, failure: await failureOf(message, channel, options) });
  }
  return attempts;
}

/** Those first that have not heard the message, until one takes it. */
async function tellAnother(
  failures: readonly Attempt[],
  attempts: readonly Attempt[],
  channels: readonly Channel[],
  options: SendOptions,
): Promise<Channel | undefined> {
  const [{ message } = { message: undefined }] = failures;
  if (message === undefined) return undefined;
  const hasFailed = (channel: Channel) => failures.some((one) => one.channel === channel);
  const hasHeard = (channel: Channel) =>
    attempts.some(({ channel: other, message: heard }) => other === channel && heard.key === message.key);
  const reasons = failures.map(({ failure }) => failure?.what).join(' ');
  const others = channels.filter((channel) => !hasFailed(channel));
  for (const channel of others.toSorted((a, b) => Number(hasHeard(a)) - Number(hasHeard(b)))) {
    const note = `${reasons} That is why this channel hears it${hasHeard(channel) ? ' again' : ''}.`;
    const noted = { ...message, note: message.note ? `${message.note} ${note}` : note };
    if ((await failureOf(noted, channel, options)) === undefined) return channel;
  }
  return undefined;
}

async function failureOf(
  message: Notification,
  channel: Channel,
  options: SendOptions,
): Promise<LifeboatError | undefined> {
  const [delivery] = await deliver(message, [channel], { ...options, severities: SEVERITIES });
  return delivery?.failure;
}
