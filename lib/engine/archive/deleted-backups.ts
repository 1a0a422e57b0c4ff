import { LifeboatError } from '../ground/errors.ts';
import { openDeleted } from '../storage/deleted-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { versionsOf } from '../storage/object-versions.ts';
import { type BackupPlace, isSafetySource, manifestKey } from './keys.ts';
import { type BackupFilter, backupFolders, type ListOptions, sealedNewestFirst } from './listing.ts';

/** How many backups are looked at to find one that is deleted. */
const MOST_LOOKED_AT = 5;

/**
 * A backup that a delete marker hides; undefined if none is found soon, if the storage keeps no versions, or if it
 * does not let us look. It is meant for a vault that shows nothing, where it costs a listing for each folder above it.
 */
export async function deletedBackup(
  store: ObjectStore,
  filter: BackupFilter = {},
  options: ListOptions = {},
): Promise<BackupPlace | undefined> {
  if (versionsOf(store) === undefined) return undefined;
  try {
    const deleted = openDeleted(store);
    const folders = await backupFolders(deleted, filter, options);
    const sought = folders.filter(({ source }) => filter.source !== undefined || !isSafetySource(source));
    let lookedAt = 0;
    for await (const place of sealedNewestFirst(deleted, sought, options)) {
      if (await deleted.deletedAt(manifestKey(place), options)) return place;
      lookedAt += 1;
      if (lookedAt === MOST_LOOKED_AT) return undefined;
    }
    return undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    // Looking needs s3:ListBucketVersions, which not everybody has who reads backups.
    if (error instanceof LifeboatError) return undefined;
    throw error;
  }
}
