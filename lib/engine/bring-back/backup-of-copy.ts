import { type BackupPlace, parseManifestKey, rowsCopyKey } from '../archive/keys.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readSafetyCopy } from './safety-copy.ts';

/** An undo can be undone, and that again: nobody does it more often. */
const MOST_UNDONE = 50;

/**
 * The backup whose rows a safety copy is about: of the copy that an undo made, that of the run which was undone. Throws as
 * {@link readSafetyCopy} does. The backup itself may have expired.
 */
export async function backupOfCopy(
  store: ObjectStore,
  copy: BackupPlace,
  signal: AbortSignal,
): Promise<BackupPlace> {
  let place = copy;
  for (let hops = 0; hops < MOST_UNDONE; hops += 1) {
    const { of } = await readSafetyCopy(store, place, signal);
    const next = parseManifestKey(`${of}/manifest.json`);
    if (!next) return place;
    place = next;
    if (!(await store.head(rowsCopyKey(place), { signal }))) return place;
  }
  return place;
}
