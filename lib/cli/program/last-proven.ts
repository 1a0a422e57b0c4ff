import { listBackups, momentOf, type SealedBackup } from '../../engine/archive/listing.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';

/**
 * The newest backup of a source that has a proof: null if none has, undefined if the caller may not look. A backup that is
 * sealed is no worse for that.
 */
export async function lastProven(
  store: ObjectStore,
  source: string,
  signal: AbortSignal,
): Promise<SealedBackup | null | undefined> {
  try {
    const { backups } = await listBackups(store, { source }, { signal });
    const moment = ({ place, sealedAt }: SealedBackup) => momentOf(place, sealedAt);
    const [newest] = backups.filter(({ hasProof }) => hasProof).toSorted((a, b) => moment(b) - moment(a));
    return newest ?? null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LifeboatError) return undefined;
    throw error;
  }
}
