import { setTimeout as delay } from 'node:timers/promises';
import { newestEpoch } from '../../lib/engine/archive/changes/epochs.ts';
import { disable } from '../../lib/engine/capture/disable.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { logger } from '../shared/log.ts';
import { reportFailure } from '../shared/report-failure.ts';
import type { SourceSecret } from '../shared/source-secret.ts';

/** A capture that was at work when its slot was dropped may have begun to make another one. */
const LOOK_AGAIN_MS = 10_000;

export interface SwitchOffOrder {
  readonly source: string;
  readonly secret: SourceSecret;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
}

/**
 * Drops the slot and the publication, and notes the end in the vault, which keeps captures that are under way from making a
 * slot again. Looks once more. A source that was never captured need not answer: a first deployment that fails, because
 * the database accepts nobody yet, must be taken away again.
 */
export async function switchOff({ source, secret, store, signal }: SwitchOffOrder): Promise<void> {
  const off = () => secret.use(signal, (settings) => disable({ settings, source, store, signal }));
  try {
    const { slotDropped, noted, notices } = await off();
    logger.info('switched off', { slotDropped, noted, notices });
    if (!slotDropped && !noted) return;
    await delay(LOOK_AGAIN_MS, undefined, { signal });
    const again = await off();
    if (again.slotDropped) logger.warn('a capture under way had made the slot again; it is dropped');
  } catch (error) {
    if (await wasCaptured(store, source, signal)) throw error;
    reportFailure(error, `Switching off the capture of ${source}, which never began,`);
  }
}

/** If the vault does not answer, nobody knows, and the slot may be there. */
async function wasCaptured(store: ObjectStore, source: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await newestEpoch(store, source, signal)) !== undefined;
  } catch {
    return true;
  }
}
