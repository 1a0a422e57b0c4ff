import { attemptPrefix, type BackupPlace, backupPrefix, manifestKey, proofKey } from '../archive/keys.ts';
import type { Manifest } from '../archive/manifest.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import { storedObjects } from './check-manifest.ts';

/**
 * Sentences about what lies in a backup's folder and is not in its manifest: left by another attempt, or put there by
 * hand. It harms no restore, for a restore reads what the manifest names.
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
