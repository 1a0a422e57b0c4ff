import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { notArrived } from './arrival.ts';
import type { BackupPlace } from './keys.ts';
import type { ListOptions } from './listing.ts';
import type { MissingObject } from './missing-objects.ts';
import { readManifest } from './read-manifest.ts';

export interface FirstFullOptions extends ListOptions {
  /** Called for each full backup of a replica that is still arriving, and is therefore not taken. */
  readonly onArriving?: (place: BackupPlace, missing: readonly MissingObject[]) => void;
}

/**
 * The first of these backups that is full, with all rows; undefined if there is none. After a disaster nobody
 * should get only the schema because the last backup was schema-only. Throws at a manifest that cannot be
 * trusted, because a user who asks for the newest backup should not silently get an older one. In a replica a
 * backup that is still arriving is passed over, and the caller is told.
 */
export async function firstFullBackup(
  store: ObjectStore,
  places: AsyncIterable<BackupPlace> | Iterable<BackupPlace>,
  options: FirstFullOptions = {},
): Promise<BackupPlace | undefined> {
  for await (const place of places) {
    const manifest = await manifestOf(store, place, options);
    if (manifest?.scope !== 'full') continue;
    const missing = await notArrived(store, place, manifest, options);
    if (missing.length === 0) return place;
    options.onArriving?.(place, missing);
  }
  return undefined;
}

async function manifestOf(store: ObjectStore, place: BackupPlace, options: ListOptions) {
  try {
    return await readManifest(store, place, options);
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'backup-unfinished') return undefined;
    throw error;
  }
}
