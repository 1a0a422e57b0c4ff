import type { RetentionClass } from '../../contract/retention-classes.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import {
  type BackupPlace,
  backupPrefix,
  isRetentionClass,
  manifestKey,
  parseManifestKey,
  timeOfId,
} from './keys.ts';

export interface BackupFilter {
  readonly source?: string | undefined;
  readonly retentionClass?: RetentionClass | undefined;
}

export interface SealedBackup {
  readonly place: BackupPlace;
  /** When the vault says that the manifest was written. */
  readonly sealedAt: Date;
  /** Whether there is a proof.json; whether it counts, read-proof.ts tells. */
  readonly hasProof: boolean;
}

export interface VaultListing {
  /** Newest first. */
  readonly backups: readonly SealedBackup[];
  /** Folders without a manifest: attempts that run still, or never finished. Not backups. Newest first. */
  readonly unfinished: readonly BackupPlace[];
}

export interface ListOptions {
  readonly signal?: AbortSignal;
}

/** Listings are waited for, not computed: more at once than there are cores, fewer than a store would throttle. */
const LISTINGS_AT_ONCE = 8;

/**
 * What the vault holds, by listing folders: one request for each backup, whatever its number of chunks. Names that are
 * not of a vault's layout are passed over.
 */
export async function listBackups(
  store: ObjectStore,
  filter: BackupFilter = {},
  options: ListOptions = {},
): Promise<VaultListing> {
  const places = await backupFolders(store, filter, options);
  const folders = await inParallel(places, LISTINGS_AT_ONCE, async (place) => {
    const { objects } = await store.list(backupPrefix(place), options);
    const named = (name: string) => objects.find(({ key }) => key === `${backupPrefix(place)}${name}`);
    return { place, manifest: named('manifest.json'), proof: named('proof.json') };
  });
  const backups = folders.flatMap(({ place, manifest, proof }) =>
    manifest ? [{ place, sealedAt: manifest.lastModified, hasProof: proof !== undefined }] : [],
  );
  return {
    backups: backups.sort((a, b) => momentOf(b.place, b.sealedAt) - momentOf(a.place, a.sealedAt)),
    unfinished: folders.flatMap(({ place, manifest }) => (manifest ? [] : [place])),
  };
}

/** Every folder that could be a backup's, sealed or not, newest first. */
export async function backupFolders(
  store: ObjectStore,
  filter: BackupFilter = {},
  options: ListOptions = {},
): Promise<BackupPlace[]> {
  const classes = (await foldersBelow(store, '', options)).filter(
    (name) =>
      isRetentionClass(name) && (filter.retentionClass === undefined || name === filter.retentionClass),
  );
  const sources = await inParallel(classes, LISTINGS_AT_ONCE, async (retentionClass) =>
    (await foldersBelow(store, `${retentionClass}/`, options))
      .filter((source) => filter.source === undefined || source === filter.source)
      .map((source) => `${retentionClass}/${source}/`),
  );
  const places = await inParallel(sources.flat(), LISTINGS_AT_ONCE, async (prefix) =>
    (await foldersBelow(store, prefix, options)).flatMap(
      (id) => parseManifestKey(`${prefix}${id}/manifest.json`) ?? [],
    ),
  );
  return places.flat().sort(newestFirst);
}

/**
 * The time that a backup is as new as, in milliseconds. Its id says when it began, by the clock of the machine that took it; the
 * vault says when its manifest came. No backup is sealed before it begins, so an id that is later than its manifest is
 * of a clock that was fast, or of a slot to come, and the vault is right. Where the manifest is later it may only have been
 * copied from another vault, and the id is right.
 */
function momentOf({ backupId }: BackupPlace, sealedAt: Date): number {
  const beganAt = timeOfId(backupId).getTime();
  return Number.isNaN(beganAt) ? sealedAt.getTime() : Math.min(beganAt, sealedAt.getTime());
}

/**
 * The sealed backups among these folders, which come with the largest id first, newest first. The vault is asked for no more
 * of them than are taken, unless ids are later than their manifests.
 */
export async function* sealedNewestFirst(
  store: ObjectStore,
  folders: readonly BackupPlace[],
  options: ListOptions = {},
): AsyncGenerator<BackupPlace> {
  // The newest last.
  const waiting: Array<{ readonly place: BackupPlace; readonly moment: number }> = [];
  for (const place of folders) {
    // None that comes from here on is newer than its id.
    const limit = timeOfId(place.backupId).getTime();
    for (let next = waiting.at(-1); next && next.moment >= limit; next = waiting.at(-1)) {
      waiting.pop();
      yield next.place;
    }
    const manifest = await store.head(manifestKey(place), options);
    if (!manifest) continue;
    const moment = momentOf(place, manifest.lastModified);
    const at = waiting.findIndex((one) => one.moment >= moment);
    waiting.splice(at === -1 ? waiting.length : at, 0, { place, moment });
  }
  for (const { place } of waiting.reverse()) yield place;
}

/** Ids start with their time, so their text sorts by it; class and source only make the order of equals certain. */
function newestFirst(a: BackupPlace, b: BackupPlace): number {
  const text = (place: BackupPlace) => `${place.backupId} ${place.retentionClass} ${place.source}`;
  return text(a) < text(b) ? 1 : text(a) > text(b) ? -1 : 0;
}

async function foldersBelow(store: ObjectStore, prefix: string, options: ListOptions): Promise<string[]> {
  const { prefixes } = await store.list(prefix, options);
  return prefixes.map((folder) => folder.slice(prefix.length, -1));
}

/** `daily/shop/20261120T020000Z`, as people write a backup. */
export function nameOfBackup(place: BackupPlace): string {
  return backupPrefix(place).slice(0, -1);
}

/** What is said of a folder that holds no manifest. */
export function unfinishedAttempt(place: BackupPlace, store: ObjectStore): LifeboatError {
  return new LifeboatError({
    code: 'backup-unfinished',
    kind: 'vault',
    what: `${nameOfBackup(place)} in ${store.url} has no manifest.`,
    meaning: 'That attempt is running still or never finished: it is not a backup and cannot be restored.',
    remedy: 'Use another backup; `lifeboat list` shows them.',
  });
}
