import type { Context } from 'aws-lambda';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { readAlert } from '../lib/notify/alarms/read-alert.ts';
import { AlertTable } from './notify/alert-table.ts';
import { lastResults } from './notify/last-results.ts';
import { mailChannel } from './notify/mail-channel.ts';
import { messagesOf, type NotifyEvent, notifyEvent } from './notify/notify-event.ts';
import { ChannelSecrets } from './notify/open-channels.ts';
import { withStakes } from './notify/stakes.ts';
import { tellDigest } from './notify/tell-digest.ts';
import { tellWaiting } from './notify/tell-waiting.ts';
import { notifyEnvironment } from './shared/environment.ts';
import { logger } from './shared/log.ts';
import { refusalOf } from './shared/refusal.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const settings = notifyEnvironment();
const { environment, sources, region } = settings;
const store = openStore(settings.vault);
const table = new AlertTable(settings.alertTable);
const secrets = new ChannelSecrets(settings.channels);
const readHealth = lastResults(settings.results, settings.measured);
const mail = mailChannel(settings.mailTopic);

/**
 * Tells people what the alert topic says. Each message waits in the table first, so that none is lost: a sweep tells what
 * an invocation that died has left.
 */
export async function handler(given: unknown, context: Context) {
  logger.addContext(context);
  try {
    const event = read(given);
    if ('outcome' in event) return event;
    return await withinTime(context, timeUp(), (signal) => answer(event, context, signal));
  } catch (error) {
    throw reportFailure(error, 'The notification');
  }
}

function read(event: unknown): NotifyEvent | ReturnType<typeof refusalOf> {
  try {
    return notifyEvent(event);
  } catch (error) {
    // What the topic sends is never refused: Lambda must keep it.
    const isFromTopic = typeof event === 'object' && event !== null && 'Records' in event;
    if (error instanceof LifeboatError && !isFromTopic) return refusalOf(error);
    throw error;
  }
}

async function answer(event: NotifyEvent, context: Context, signal: AbortSignal) {
  const openChannels = async () => [...(await secrets.open(() => new Date(), signal)), mail];
  if ('digest' in event) {
    return await tellDigest({
      ...{ environment, region, store, openChannels, signal },
      sources: event.sources,
      statusPage: event.statusPage,
      now: new Date(),
    });
  }
  if ('Records' in event) {
    for (const message of messagesOf(event)) await table.put(readAlert(message), signal);
  }
  const outcomes = await tellWaiting({
    ...{ table, openChannels, readHealth, signal },
    owner: context.awsRequestId,
    deployment: { environment, sources },
    withStakes: (notifications) => withStakes(notifications, store, new Date()),
    gatherMs: 'Records' in event ? settings.gatherMs : 0,
    endsAtMs: Date.now() + context.getRemainingTimeInMillis(),
  });
  if (outcomes === undefined) return { outcome: 'left to the invocation that tells' };
  return {
    outcome: 'told',
    messages: outcomes.map(({ channel, title, insteadBy }) => ({ channel, title, insteadBy })),
  };
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'notify-time-up',
    kind: 'interrupted',
    what: 'The messages could not be told within the time limit.',
    meaning: 'They wait, and are told by the next run, within 15 minutes.',
    remedy: "The function's log shows which channel it waited for.",
  });
}
