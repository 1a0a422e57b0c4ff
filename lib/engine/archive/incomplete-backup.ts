import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { deletedHint } from '../storage/object-versions.ts';
import { isReplica } from './arrival.ts';
import type { BackupPlace } from './keys.ts';
import { backupFolders, type ListOptions, nameOfBackup, sealedNewestFirst } from './listing.ts';
import { type MissingObject, missingObjects, nameMissing } from './missing-objects.ts';
import { readManifest } from './read-manifest.ts';
import { storedObjects } from './stored-objects.ts';

/** How many other backups are looked at to find one that is whole. */
const MOST_LOOKED_AT = 5;

/** The error for a backup that lacks what a restore of it needs. It names the newest one that is whole. */
export async function incompleteBackup(
  store: ObjectStore,
  place: BackupPlace,
  missing: readonly MissingObject[],
  options: ListOptions = {},
): Promise<LifeboatError> {
  const arrives = await isReplica(store, place, options);
  const other = await newestWhole(store, place, options);
  return new LifeboatError({
    code: 'backup-incomplete',
    kind: 'verification',
    what: `${nameOfBackup(place)} in ${store.url} lacks what its manifest names: ${nameMissing(missing)}.`,
    meaning: `Nothing was changed. The backup cannot be restored as it is.${arrives ? ' This vault is a replica: the rest may still be on its way.' : ''}`,
    remedy: `${arrives ? 'Wait, or use another one. ' : ''}${
      other === undefined
        ? 'No other full backup of this source was found whole; `lifeboat list` shows all. If you need a part, name tables that are whole with --table.'
        : `The newest full backup that has all of its objects is ${nameOfBackup(other)}.`
    }${deletedHint(store)}`,
  });
}

async function newestWhole(
  store: ObjectStore,
  { source, backupId, retentionClass }: BackupPlace,
  options: ListOptions,
): Promise<BackupPlace | undefined> {
  const folders = await backupFolders(store, { source }, options);
  const others = folders.filter((one) => one.backupId !== backupId || one.retentionClass !== retentionClass);
  let lookedAt = 0;
  for await (const place of sealedNewestFirst(store, others, options)) {
    if (lookedAt === MOST_LOOKED_AT) return undefined;
    lookedAt += 1;
    if (await isWhole(store, place, options)) return place;
  }
  return undefined;
}

/** False also for a manifest that cannot be read: it is a suggestion only. */
async function isWhole(store: ObjectStore, place: BackupPlace, options: ListOptions): Promise<boolean> {
  try {
    const manifest = await readManifest(store, place, options);
    if (manifest.scope !== 'full') return false;
    return (await missingObjects(store, storedObjects(manifest), options)).length === 0;
  } catch (error) {
    if (error instanceof LifeboatError) return false;
    throw error;
  }
}
