import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { BackupPlace } from './keys.ts';
import type { ListOptions } from './listing.ts';
import { readManifest } from './read-manifest.ts';

/**
 * The first of these that holds everything, rows and all: after a disaster nobody should be given the schema alone because
 * somebody took a copy of it last. Undefined where there is none. A manifest that cannot be trusted throws: whoever asks for
 * the newest should not be given an older one in silence.
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
