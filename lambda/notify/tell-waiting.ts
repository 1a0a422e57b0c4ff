import { setTimeout as wait } from 'node:timers/promises';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import type { StoredHealth } from '../../lib/engine/health/stored-health.ts';
import { fold } from '../../lib/notify/alarms/fold.ts';
import { foldHealth } from '../../lib/notify/alarms/fold-health.ts';
import type { Deployment } from '../../lib/notify/alarms/name-of-alarm.ts';
import { type Outcome, tellAll } from '../../lib/notify/alarms/tell-all.ts';
import type { Channel } from '../../lib/notify/channel.ts';
import type { Notification } from '../../lib/notify/notification.ts';
import { logger } from '../shared/log.ts';
import type { AlertTable } from './alert-table.ts';

export interface TellRequest {
  readonly table: AlertTable;
  /** Names this invocation. */
  readonly owner: string;
  readonly deployment: Deployment;
  readonly openChannels: () => Promise<readonly Channel[]>;
  /** Adds what is at stake. */
  readonly withStakes: (notifications: readonly Notification[]) => Promise<readonly Notification[]>;
  /** The last results of health, as far as they can be read. */
  readonly readHealth: () => Promise<readonly StoredHealth[]>;
  /** For so long messages that come together are gathered. */
  readonly gatherMs: number;
  /** By then this invocation has ended. */
  readonly endsAtMs: number;
  readonly signal: AbortSignal;
}

/** Tells everything that waits. Undefined if another invocation does it. Throws if nobody has heard a message: it stays. */
export async function tellWaiting(request: TellRequest): Promise<Outcome[] | undefined> {
  const { table, owner, gatherMs, endsAtMs, signal } = request;
  const turn = await table.takeTurn(owner, new Date(), endsAtMs, signal);
  if (!turn) return undefined;
  const outcomes: Outcome[] = [];
  let { memory } = turn;
  try {
    await wait(gatherMs, undefined, { signal });
    for (;;) {
      const arrivals = await table.arrivals(signal);
      const waiting = await table.waiting(signal);
      const alerts = waiting.map(({ alert }) => alert);
      const folded = fold(memory, alerts, request.deployment, new Date());
      const results = await request.readHealth();
      const health = foldHealth(folded.memory, results, request.deployment.environment, new Date());
      outcomes.push(...(await tell(request, [...folded.notifications, ...health.notifications])));
      memory = health.memory;
      await table.keep(turn, memory, waiting, signal);
      if (await table.endTurn(turn, arrivals, signal)) return outcomes;
    }
  } catch (error) {
    await table.abandonTurn(turn, AbortSignal.timeout(5000)).catch(() => {});
    throw error;
  }
}

async function tell(
  { openChannels, withStakes, signal }: Pick<TellRequest, 'openChannels' | 'withStakes' | 'signal'>,
  notifications: readonly Notification[],
): Promise<Outcome[]> {
  if (notifications.length === 0) return [];
  const [channels, messages] = await Promise.all([openChannels(), withStakes(notifications)]);
  return await tellChannels(messages, channels, signal);
}

/** Tells channels, and writes into the log who heard what. Throws `notification-unheard`. */
export async function tellChannels(
  messages: readonly Notification[],
  channels: readonly Channel[],
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes = await tellAll(messages, channels, { signal });
  logOutcomes(outcomes);
  const unheard = outcomes.filter(({ isUnheard }) => isUnheard);
  if (unheard.length > 0) throw nobodyHeard(unheard);
  return outcomes;
}

/** `lifeboat alert test` sends people to these lines. */
export function logOutcomes(outcomes: readonly Outcome[]): void {
  for (const { channel, title, failure, insteadBy } of outcomes) {
    if (failure) logger.warn('not delivered', { channel, title, why: failure.what, insteadBy });
    else logger.info('delivered', { channel, title });
  }
}

export function nobodyHeard(unheard: readonly Outcome[]): LifeboatError {
  return new LifeboatError({
    code: 'notification-unheard',
    kind: 'internal',
    what: `No channel took ${[...new Set(unheard.map(({ title }) => JSON.stringify(title)))].join(', ')}: ${[...new Set(unheard.map(({ failure }) => failure?.what))].join(' ')}`,
    meaning: 'Nobody has heard of it. It waits, and is told again within 15 minutes.',
    remedy: 'Mend the channels: docs/runbook.md#notify-errors.',
  });
}
