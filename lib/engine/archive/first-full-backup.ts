import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { BackupPlace } from './keys.ts';
import type { ListOptions } from './listing.ts';
import { readManifest } from './read-manifest.ts';

/**
 * The first of these backups that is full, with all rows; undefined if there is none. After a disaster nobody
 * should get only the schema because the last backup was schema-only. Throws at a manifest that cannot be
 * trusted, because a user who asks for the newest backup should not silently get an older one.
 */
export async function firstFullBackup(
  store: ObjectStore,
  places: AsyncIterable<BackupPlace> | Iterable<BackupPlace>,
  options: ListOptions = {},
): Promise<BackupPlace | undefined> {
  for await (const place of places) {
    if ((await scopeOf(store, place, options)) === 'full') return place;
  }
  return undefined;
}

async function scopeOf(store: ObjectStore, place: BackupPlace, options: ListOptions) {
  try {
    return (await readManifest(store, place, options)).scope;
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'backup-unfinished') return undefined;
    throw error;
  }
}
