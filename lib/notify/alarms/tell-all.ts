import type { LifeboatError } from '../../engine/ground/errors.ts';
import { type Channel, shownChannel } from '../channel.ts';
import { type Delivery, deliver } from '../deliver.ts';
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

/**
 * Tells every channel what it hears: one message for each, or one for all if there are many and the channel does not
 * fold them by itself. What a channel does not take is heard by another one. Throws nothing.
 */
export async function tellAll(
  notifications: readonly Notification[],
  channels: readonly Channel[],
  options: SendOptions = {},
): Promise<Outcome[]> {
  const told = await Promise.all(
    channels.map((channel) => tellOne(channel, notifications, channels, options)),
  );
  return told.flat();
}

/** One after another, so that they arrive in their order. */
async function tellOne(
  channel: Channel,
  notifications: readonly Notification[],
  channels: readonly Channel[],
  options: SendOptions,
): Promise<Outcome[]> {
  const heard = notifications.filter(({ severity }) => channel.severities.includes(severity));
  const messages = channel.foldsByKey ? heard : together(heard);
  const others = channels.filter((other) => other !== channel).map(withoutOrders);
  const outcomes: Outcome[] = [];
  for (const message of messages) {
    const wanted = { ...channel, severities: SEVERITIES };
    const [delivery] = await deliver(message, [wanted, ...others], options);
    if (delivery) outcomes.push(outcomeOf(delivery, message));
  }
  return outcomes;
}

/** A channel that hears a message only in place of another one. */
function withoutOrders(channel: Channel): Channel {
  return { ...channel, severities: [] };
}

function outcomeOf({ channel, failure, insteadBy }: Delivery, { title }: Notification): Outcome {
  return {
    ...{ channel: shownChannel(channel), title },
    ...(failure && { failure }),
    ...(insteadBy && { insteadBy: shownChannel(insteadBy) }),
  };
}
