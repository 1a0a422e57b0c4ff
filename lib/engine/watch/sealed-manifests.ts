import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import { type BackupPlace, manifestKey, parseManifestKey } from '../archive/keys.ts';
import { type ListOptions, momentOf } from '../archive/listing.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** A manifest in the vault that has not been read: the backup exists. */
export interface SealedManifest {
  readonly place: BackupPlace;
  /** When it was written, by the vault's clock: the writer of a manifest cannot choose this. */
  readonly sealedAt: Date;
}

/** Requests that run at the same time; they cost waiting, not computing. */
const REQUESTS_AT_ONCE = 8;

/**
 * Finds the sealed backups of a source, the last sealed first. It sends a delimiter listing for each class,
 * and one HEAD for each backup: a listing for each would cost twelve times as much (Amazon S3 pricing,
 * request classes), every five minutes.
 */
export async function sealedManifests(
  store: ObjectStore,
  source: string,
  options: ListOptions,
): Promise<SealedManifest[]> {
  const folders = await inParallel(RETENTION_CLASSES, REQUESTS_AT_ONCE, async (retentionClass) => {
    const { prefixes } = await store.list(`${retentionClass}/${source}/`, options);
    return prefixes.flatMap((folder) => parseManifestKey(`${folder}manifest.json`) ?? []);
  });
  const found = await inParallel(folders.flat(), REQUESTS_AT_ONCE, async (place) => {
    const manifest = await store.head(manifestKey(place), options);
    return manifest ? [{ place, sealedAt: manifest.lastModified }] : [];
  });
  return found.flat().sort((a, b) => b.sealedAt.getTime() - a.sealedAt.getTime());
}

/**
 * The same backups by their moments, newest first. It is for vaults into which backups may have been copied: there the
 * vault's date says when a backup was copied, and the oldest may have come last.
 */
export function byMoment(sealed: readonly SealedManifest[]): SealedManifest[] {
  const moment = ({ place, sealedAt }: SealedManifest) => momentOf(place, sealedAt);
  return sealed.toSorted((a, b) => moment(b) - moment(a));
}
