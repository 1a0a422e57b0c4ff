import { connect } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { queryRows } from '../connection/query-rows.ts';
import { slotName } from './names.ts';
import { dropSlot } from './slot.ts';
import { readSlot } from './source-state.ts';

export interface WatchSlotRequest {
  readonly settings: ConnectionSettings;
  readonly source: string;
  /** At this much WAL the slot is dropped. */
  readonly maxHeldWalBytes: number;
  readonly signal?: AbortSignal;
}

export interface WatchSlotResult {
  /** `warning`: a quarter of the limit, or the server is about to remove WAL that the slot needs. */
  readonly verdict: 'no-slot' | 'fine' | 'warning' | 'lost' | 'dropped';
  readonly slot: string;
  readonly heldWalBytes: number;
  readonly maxHeldWalBytes: number;
  readonly walStatus: string | null;
}

const WARNING_SHARE = 0.25;

/**
 * Looks at the slot, and drops it at its limit, whoever reads it: a backup must never stop the database. It needs no
 * vault. The next capture finds the slot gone, ends the epoch, and begins another one with a new base.
 */
export async function watchSlot({
  settings,
  source,
  maxHeldWalBytes,
  signal,
}: WatchSlotRequest): Promise<WatchSlotResult> {
  const name = slotName(source);
  const session = await connect(settings, signal ? { signal } : {});
  try {
    const slot = await readSlot(queryRows(session.client), name);
    const heldWalBytes = slot?.heldWalBytes ?? 0;
    const walStatus = slot?.walStatus ?? null;
    const result = (verdict: WatchSlotResult['verdict']) => ({
      verdict,
      slot: name,
      heldWalBytes,
      maxHeldWalBytes,
      walStatus,
    });
    if (!slot) return result('no-slot');
    if (walStatus === 'lost') return result('lost');
    if (heldWalBytes >= maxHeldWalBytes) {
      await dropSlot(session.client, name);
      return result('dropped');
    }
    const isNear = heldWalBytes >= maxHeldWalBytes * WARNING_SHARE || walStatus === 'unreserved';
    const isNearServersLimit = slot.safeWalBytes !== null && slot.safeWalBytes < heldWalBytes * 3;
    return result(isNear || isNearServersLimit ? 'warning' : 'fine');
  } catch (error) {
    throw session.failure(error, `Looking at the slot ${name}`);
  } finally {
    await session.end();
  }
}
