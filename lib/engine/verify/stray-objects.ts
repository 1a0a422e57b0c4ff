import { attemptPrefix, type BackupPlace, backupPrefix, manifestKey, proofKey } from '../archive/keys.ts';
import type { Manifest } from '../archive/manifest.ts';
import { storedObjects } from '../archive/stored-objects.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';

/**
 * Sentences about objects in a backup's folder that its manifest does not name: another attempt left them, or
 * somebody put them there. They harm no restore, because a restore reads only what the manifest names.
 */
export async function strayObjects(
  store: ObjectStore,
  place: BackupPlace,
  manifest: Manifest,
  options: GetOptions,
): Promise<string[]> {
  const named = new Set(storedObjects(manifest).map(({ key }) => key));
  named.add(manifestKey(place)).add(proofKey(place));
  const own = attemptPrefix(place, manifest.attempt);
  const notes: string[] = [];
  const folders = [backupPrefix(place)];
  for (const folder of folders) {
    const { objects, prefixes } = await store.list(folder, options);
    notes.push(...objects.flatMap(({ key }) => (named.has(key) ? [] : [`${key} is not in the manifest`])));
    for (const below of prefixes) {
      if (below.startsWith(own)) folders.push(below);
      else notes.push(`${below} belongs to another attempt, which did not seal this backup`);
    }
  }
  return notes;
}
