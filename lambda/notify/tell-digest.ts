import type { DigestedSource } from '../../lib/contract/events.ts';
import { messageOf } from '../../lib/engine/ground/errors.ts';
import { inParallel } from '../../lib/engine/ground/in-parallel.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { type Outcome, tellAll } from '../../lib/notify/alarms/tell-all.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import { digestOf, digestParts, type SourceWeek, type Week } from '../../lib/notify/digest/digest.ts';
import type { Notification } from '../../lib/notify/notification.ts';
import { logger } from '../shared/log.ts';
import { readWeek } from './read-week.ts';
import { logOutcomes, nobodyHeard } from './tell-waiting.ts';

export interface DigestRequest {
  readonly environment: string;
  readonly region: string;
  readonly sources: readonly DigestedSource[];
  readonly statusPage: string | undefined;
  readonly store: ObjectStore;
  readonly openChannels: () => Promise<readonly Channel[]>;
  readonly now: Date;
  readonly signal: AbortSignal;
}

const SOURCES_AT_ONCE = 2;

/** Tells how the week was: by e-mail as one text, to chats that hear `info` in parts that they show whole. */
export async function tellDigest(request: DigestRequest) {
  const { environment, region, statusPage, now, signal } = request;
  const [read, channels] = await Promise.all([readWeeks(request), request.openChannels()]);
  const week: Week = { environment, region, statusPage, now, ...read };
  // A pager is for what is broken.
  const readers = channels.filter(({ foldsByKey }) => !foldsByKey);
  const byMail = readers.filter(({ kind }) => kind === 'email');
  const byChat = readers.filter(({ kind }) => kind !== 'email');
  const chats = (await Promise.all(byChat.map((chat) => tellParts(digestParts(week), chat, signal)))).flat();
  const failed = chats.filter(({ failure }) => failure !== undefined);
  const reasons = failed.flatMap(({ failure }) => failure?.what ?? []).join(' ');
  const note = { note: `${reasons} It has not got all of this.` };
  const mails = await tellAll([{ ...digestOf(week), ...(failed.length > 0 && note) }], byMail, { signal });
  const outcomes = [...chats, ...mails];
  logOutcomes(outcomes);
  // A second try would send it again to those who have it.
  if (outcomes.length > 0 && outcomes.every(({ failure }) => failure)) throw nobodyHeard(outcomes);
  return { outcome: 'told', messages: outcomes.map(({ channel, title }) => ({ channel, title })) };
}

/** One part after another, because together() would join them, until the chat does not take one. */
async function tellParts(
  parts: readonly Notification[],
  chat: Channel,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const part of parts) {
    outcomes.push(...(await tellAll([part], [chat], { signal })));
    if (outcomes.at(-1)?.failure) break;
  }
  return outcomes;
}

async function readWeeks({ sources, store, environment, now, signal }: DigestRequest) {
  const unread: string[] = [];
  const weeks = await inParallel(sources, SOURCES_AT_ONCE, async (source): Promise<SourceWeek[]> => {
    try {
      return [await readWeek(store, environment, source, now, signal)];
    } catch (error) {
      signal.throwIfAborted();
      logger.warn('the week of a source could not be read', { source: source.name, why: messageOf(error) });
      unread.push(`${source.name} (the vault could not be read)`);
      return [];
    }
  });
  return { sources: weeks.flat(), unread };
}
