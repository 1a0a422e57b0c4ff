import { backupsBefore } from '../archive/backups-before.ts';
import type { BackupPlace } from '../archive/keys.ts';
import { backupFolders, type ListOptions } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import { readManifest } from '../archive/read-manifest.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { compareVolume, type VolumeComparison, volumeOf } from './compare-volume.ts';

/**
 * Compares a full backup's volume with that of the full ones before it in its class, from their manifests
 * alone. Undefined for other backups, and if there are too few before. Throws what the store throws; a
 * damaged manifest does not count.
 */
export async function usualVolume(
  store: ObjectStore,
  place: BackupPlace,
  manifest: Manifest,
  options: ListOptions,
): Promise<VolumeComparison | undefined> {
  if (manifest.scope !== 'full') return undefined;
  const { source, retentionClass } = place;
  // Ordered by their ids, because a copied vault has other dates of writing.
  const places = (await backupFolders(store, { source, retentionClass }, options)).map((one) => ({
    place: one,
  }));
  const before = await backupsBefore(place, places, async (one) => {
    try {
      return volumeOf(await readManifest(store, one.place, options));
    } catch (error) {
      const isGone = error instanceof LifeboatError && error.code === 'backup-unfinished';
      if (isGone || (error instanceof LifeboatError && error.kind === 'verification')) return undefined;
      throw error;
    }
  });
  return compareVolume(volumeOf(manifest), before);
}
