import { headOfLog } from '../../lib/engine/archive/changes/change-log.ts';
import { newestEpoch } from '../../lib/engine/archive/changes/epochs.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';

/**
 * Whether a run may make the slot. The setting is on, so it may; but not a run that was due before the capture was switched
 * off: when a stack is removed, such a run would leave a slot that nobody reads. A run by hand does not switch on again
 * what somebody has switched off.
 */
export async function maySwitchOn(
  store: ObjectStore,
  source: string,
  dueAt: Date | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const epoch = await newestEpoch(store, source, signal);
  if (!epoch) return true;
  const head = await headOfLog(store, epoch.record, signal);
  if (head?.record.end?.reason !== 'disabled') return true;
  return dueAt !== undefined && dueAt.getTime() > Date.parse(head.record.writtenAt);
}
