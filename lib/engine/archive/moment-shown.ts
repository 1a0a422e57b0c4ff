import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type ListOptions, momentOf, type SealedBackup } from './listing.ts';
import { readManifest } from './read-manifest.ts';

/** The moment that the rows of a backup show, in milliseconds; by its id and its date if its manifest cannot be read. */
export async function momentShown(
  store: ObjectStore,
  { place, sealedAt }: SealedBackup,
  options: ListOptions,
): Promise<number> {
  try {
    return Date.parse((await readManifest(store, place, options)).snapshot.takenAt);
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    if (error.kind !== 'verification' && error.code !== 'backup-unfinished') throw error;
    return momentOf(place, sealedAt);
  }
}
