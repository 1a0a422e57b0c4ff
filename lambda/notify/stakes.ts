import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { lookAtSafety } from '../../lib/engine/watch/look-at-safety.ts';
import type { Notification } from '../../lib/notify/notification.ts';
import { stakeOf, UNKNOWN_STAKE } from '../../lib/notify/stake.ts';

/** A vault that does not answer must not keep the message from being sent. */
const LONGEST_LOOK_MS = 10_000;

/** Says in each message about a source how old its newest proven backup is. Asks the vault once for each source. */
export async function withStakes(
  notifications: readonly Notification[],
  store: ObjectStore,
  now: Date,
): Promise<Notification[]> {
  const isAsked = ({ state, source }: Notification) => state === 'firing' && source !== undefined;
  const sources = new Set(notifications.filter(isAsked).map(({ source = '' }) => source));
  const signal = AbortSignal.timeout(LONGEST_LOOK_MS);
  const looks = [...sources].map(async (source) => {
    const stake = await Promise.race([
      lookAtSafety(store, source, { signal }).then((safety) => stakeOf(safety, source, now)),
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ]).catch(() => UNKNOWN_STAKE);
    return [source, stake.words] as const;
  });
  const words = new Map(await Promise.all(looks));
  return notifications.map((one) => {
    const atStake = isAsked(one) ? words.get(one.source ?? '') : undefined;
    return atStake === undefined ? one : { ...one, atStake };
  });
}
