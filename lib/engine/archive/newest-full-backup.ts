import { LifeboatError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { BackupPlace } from './keys.ts';
import { readManifest } from './read-manifest.ts';
import { resolveBackup } from './resolve-backup.ts';
import { backupFolders, type ListOptions } from './vault.ts';

/**
 * The newest backup of a source that has rows: where everything has to be restored, one of the schema alone is not the
 * newest. Where there are only such, the newest of those. A manifest that cannot be trusted throws: whoever asks for the newest
 * should not be given an older one in silence. Throws as {@link resolveBackup} when there is none.
 */
export async function newestFullBackup(
  store: ObjectStore,
  source: string,
  options: ListOptions = {},
): Promise<BackupPlace> {
  for (const place of await backupFolders(store, { source }, options)) {
    if ((await scopeOf(store, place, options)) === 'full') return place;
  }
  return resolveBackup(store, 'latest', { source }, options);
}

async function scopeOf(store: ObjectStore, place: BackupPlace, options: ListOptions) {
  try {
    return (await readManifest(store, place, options)).scope;
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'backup-unfinished') return undefined;
    throw error;
  }
}
