import { LifeboatError, messageOf } from '../engine/ground/errors.ts';
import { type Channel, shownChannel } from './channel.ts';
import type { Notification, Severity } from './notification.ts';
import { type SendOptions, send } from './send.ts';

export interface Delivery {
  readonly channel: Channel;
  /** Why the message did not arrive; undefined if it did. */
  readonly failure?: LifeboatError;
  /** The channel that heard the message in its place. */
  readonly insteadBy?: Channel;
}

export interface DeliverOptions extends SendOptions {
  /** Who hears the message: the channels that want one of these. @default - the severity of the message */
  readonly severities?: readonly Severity[];
}

/**
 * Sends a message to every channel that wants its severity, at the same time. If one does not take it, the first other
 * channel that does hears the message with a note about the one that failed, whatever severities it wants. Throws nothing.
 */
export async function deliver(
  notification: Notification,
  channels: readonly Channel[],
  { severities = [notification.severity], ...options }: DeliverOptions = {},
): Promise<readonly Delivery[]> {
  const hasHeard = (channel: Channel) => channel.severities.some((one) => severities.includes(one));
  const wanted = channels.filter(hasHeard);
  const deliveries = await Promise.all(wanted.map((channel) => deliverTo(channel, notification, options)));
  const failed = deliveries.filter(({ failure }) => failure !== undefined);
  if (failed.length === 0) return deliveries;
  const insteadBy = await tellAnother({ notification, channels, failed, hasHeard, options });
  return deliveries.map((delivery) =>
    delivery.failure && insteadBy ? { ...delivery, insteadBy } : delivery,
  );
}

async function deliverTo(
  channel: Channel,
  notification: Notification,
  options: SendOptions,
): Promise<Delivery> {
  try {
    const { secrets, carry } = channel;
    if (carry) await carry(notification, options.signal);
    else
      await send(
        { ...channel.request(notification), method: 'POST', shown: shownChannel(channel), secrets },
        options,
      );
    return { channel };
  } catch (error) {
    return { channel, failure: asFailure(channel, error) };
  }
}

function asFailure(channel: Channel, error: unknown): LifeboatError {
  if (error instanceof LifeboatError) return error;
  return new LifeboatError({
    code: 'notification-not-delivered',
    kind: 'internal',
    what: `No message could be made for ${shownChannel(channel)}: ${messageOf(error)}.`,
  });
}

/** One after another, those first that have not heard the message, until one takes it. */
async function tellAnother({
  notification,
  channels,
  failed,
  hasHeard,
  options,
}: {
  readonly notification: Notification;
  readonly channels: readonly Channel[];
  readonly failed: readonly Delivery[];
  readonly hasHeard: (channel: Channel) => boolean;
  readonly options: SendOptions;
}): Promise<Channel | undefined> {
  const failedChannels = new Set(failed.map(({ channel }) => channel));
  const others = channels.filter((channel) => !failedChannels.has(channel));
  const reasons = failed.flatMap(({ failure }) => failure?.what ?? []).join(' ');
  for (const channel of others.toSorted((a, b) => Number(hasHeard(a)) - Number(hasHeard(b)))) {
    const note = `${reasons} That is why this channel hears it${hasHeard(channel) ? ' again' : ''}.`;
    const { failure } = await deliverTo(
      channel,
      { ...notification, note: withNote(notification, note) },
      options,
    );
    if (!failure) return channel;
  }
  return undefined;
}

function withNote({ note }: Notification, added: string): string {
  return note ? `${note} ${added}` : added;
}
