import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type BackupPlace, manifestKey } from './keys.ts';
import { type ListOptions, nameOfBackup } from './listing.ts';
import type { Manifest } from './manifest.ts';
import { type MissingObject, missingObjects, nameMissing } from './missing-objects.ts';
import { readManifest } from './read-manifest.ts';
import { storedObjects } from './stored-objects.ts';

/**
 * The objects of a backup that have not arrived yet. S3 replicates objects in any order, so a manifest can be in
 * a replica before them. In a vault that is no replica the manifest was written last: there nothing arrives, and
 * what is missing is damage, which this does not look for.
 */
export async function notArrived(
  store: ObjectStore,
  place: BackupPlace,
  manifest: Manifest,
  options: ListOptions = {},
): Promise<MissingObject[]> {
  if (!(await isReplica(store, place, options))) return [];
  return await missingObjects(store, storedObjects(manifest), options);
}

/** Whether S3 replicated the backup from another vault. */
export async function isReplica(
  store: ObjectStore,
  place: BackupPlace,
  options: ListOptions = {},
): Promise<boolean> {
  return (await store.head(manifestKey(place), options))?.isReplica ?? false;
}

/** Throws `backup-arriving`, and what {@link readManifest} throws. */
export async function checkArrived(
  store: ObjectStore,
  place: BackupPlace,
  options: ListOptions = {},
): Promise<void> {
  // Most vaults are no replicas: then the manifest need not be read.
  if (!(await isReplica(store, place, options))) return;
  const manifest = await readManifest(store, place, options);
  const missing = await missingObjects(store, storedObjects(manifest), options);
  if (missing.length > 0) throw stillArriving(store, place, missing);
}

export function stillArriving(
  store: ObjectStore,
  place: BackupPlace,
  missing: readonly MissingObject[],
): LifeboatError {
  return new LifeboatError({
    code: 'backup-arriving',
    kind: 'vault',
    what: `${nameOfBackup(place)} is still arriving in ${store.url}: ${nameMissing(missing)} ${missing.length === 1 ? 'is' : 'are'} missing.`,
    meaning:
      'This vault is a replica, and S3 replicates objects in any order. Until all are there, it is no backup.',
    remedy:
      'Wait, or use another backup; `lifeboat list` shows which have arrived. Most objects take minutes, large ones hours. If the vault that it comes from is lost, it stays as it is.',
  });
}
