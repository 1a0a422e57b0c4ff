import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Channel } from '../../notify/channel.ts';
import { deliver } from '../../notify/deliver.ts';
import { type Notification, SEVERITIES } from '../../notify/notification.ts';
import { readChannels } from '../../notify/read-channels.ts';
import type { ChannelTrial } from '../../present/terminal/alert-text.ts';
import type { Context } from '../program/context.ts';
import { redact } from '../program/redact.ts';

/**
 * Sends a test message to each channel, whatever severities it wants, and then that it is over. `given` are addresses and
 * names; all of LIFEBOAT_NOTIFY if it is empty. Throws the signal's reason.
 */
export async function tryChannels(context: Context, given: readonly string[]): Promise<ChannelTrial[]> {
  const { environment, now, signal } = context;
  const { channels, problems } = readChannels(given, environment, now);
  const named = environment.LIFEBOAT_NOTIFY_ENVIRONMENT || undefined;
  const firing: Notification = {
    ...{ key: `lifeboat:test:${randomUUID()}`, state: 'firing', severity: 'info', at: now() },
    title: 'Test message',
    happened: 'Somebody tests with `lifeboat alert test` whether messages arrive here. Nothing has failed.',
    toDo: 'Nothing. A message that the test is over follows.',
    machine: hostname(),
    ...(named === undefined ? {} : { environment: named }),
  };
  const over: Notification = {
    ...firing,
    ...{ state: 'resolved', title: 'Test message: it is over', toDo: 'Nothing.' },
    happened: 'So Lifeboat says that something works again.',
  };
  const trials = await Promise.all(
    channels.map(async (channel) => await tryOne(channel, [firing, over], signal)),
  );
  signal.throwIfAborted();
  const unusable = problems.map(({ what, meaning, remedy }) => ({
    ...{ name: null, kind: null, host: null, delivered: false },
    problem: redact([what, meaning, remedy].filter(Boolean).join(' '), environment),
  }));
  return [...trials, ...unusable];
}

async function tryOne(
  channel: Channel,
  messages: readonly Notification[],
  signal: AbortSignal,
): Promise<ChannelTrial> {
  const { name, kind, host } = channel;
  for (const message of messages) {
    // Alone, so that no other channel hears it in its place.
    const [delivery] = await deliver(message, [channel], { severities: SEVERITIES, signal });
    const problem = delivery?.failure?.what;
    if (problem !== undefined) return { name, kind, host, delivered: false, problem };
  }
  return { name, kind, host, delivered: true, problem: null };
}
