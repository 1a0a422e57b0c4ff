import { whyNoBase } from '../archive/changes/base.ts';
import type { Epoch } from '../archive/changes/change-records.ts';
import { listBackups, nameOfBackup } from '../archive/listing.ts';
import { readManifest } from '../archive/read-manifest.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** The id of a backup is from its machine's clock, and the epoch's time from the source's. */
const CLOCK_DIFFERENCE_MS = 15 * 60_000;

/** The oldest backup that is a base of the epoch. */
export async function findBase(
  store: ObjectStore,
  epoch: Epoch,
  signal: AbortSignal,
): Promise<string | undefined> {
  const from = new Date(Date.parse(epoch.startedAt) - CLOCK_DIFFERENCE_MS);
  const { backups } = await listBackups(store, { source: epoch.source, ids: { from } }, { signal });
  for (const { place } of backups.toReversed()) {
    const manifest = await readManifest(store, place, { signal });
    if (whyNoBase(epoch, manifest) === undefined) return nameOfBackup(place);
  }
  return undefined;
}
