import type { RetentionClass } from '../../contract/retention-classes.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { deletedHint, versionsOf } from '../storage/object-versions.ts';
import {
  type BackupPlace,
  backupPrefix,
  isRetentionClass,
  manifestKey,
  parseManifestKey,
  rowsCopyKey,
  timeOfId,
} from './keys.ts';

export interface BackupFilter {
  readonly source?: string | undefined;
  readonly retentionClass?: RetentionClass | undefined;
  /** Only ids with a time from `from` to `until`, both included. */
  readonly ids?: { readonly from?: Date; readonly until?: Date } | undefined;
}

export interface SealedBackup {
  readonly place: BackupPlace;
  /** When the manifest was written, according to the vault. */
  readonly sealedAt: Date;
  /** Whether there is a proof.json. read-proof.ts decides whether it counts. */
  readonly hasProof: boolean;
  /** The folders of attempts: the one that the manifest names, and those of runs that lost the race for the slot. */
  readonly attempts: readonly string[];
}

/** A folder of attempts that is not a backup. */
export interface UnsealedFolder extends BackupPlace {
  readonly attempts: readonly string[];
}

export interface VaultListing {
  /** Newest first. */
  readonly backups: readonly SealedBackup[];
  /**
   * Folders of attempts without a manifest, newest first. They are not backups: the attempts still run or never
   * finished, or the manifest has expired and the rest follows.
   */
  readonly unfinished: readonly UnsealedFolder[];
  /**
   * Folders that hold an attempt and a proof, but no manifest, newest first. Each was a backup: somebody deleted its
   * manifest, or it has expired and the rest follows.
   */
  readonly manifestGone: readonly UnsealedFolder[];
  /** Folders that hold neither a manifest nor an attempt: the proof of a backup that has expired, newest first. */
  readonly remnants: readonly BackupPlace[];
  /** Safety copies of rows that a restore changed, newest first. They are no backups: `restore --undo` takes them. */
  readonly rowsCopies: readonly BackupPlace[];
  /** Names of the vault's top folders, whatever they hold, and the folders of sources, `daily/shop/`. */
  readonly folders: { readonly top: readonly string[]; readonly ofSources: readonly string[] };
}

export interface ListOptions {
  readonly signal?: AbortSignal;
}

/**
 * Concurrent listings. They wait and do not compute, so they may outnumber the cores; more would be
 * throttled.
 */
const LISTINGS_AT_ONCE = 8;

/**
 * Lists the vault by its folders, with one request for each backup, however many chunks it has. Names that do
 * not fit the layout of a vault are skipped.
 */
export async function listBackups(
  store: ObjectStore,
  filter: BackupFilter = {},
  options: ListOptions = {},
): Promise<VaultListing> {
  const found = await sourceFolders(store, filter, options);
  const places = await backupsIn(store, found.ofSources, filter, options);
  const folders = await inParallel(places, LISTINGS_AT_ONCE, async (place) => {
    const { objects, prefixes } = await store.list(backupPrefix(place), options);
    const named = (name: string) => objects.find(({ key }) => key === `${backupPrefix(place)}${name}`);
    const attempts = prefixes.map((folder) => folder.slice(backupPrefix(place).length, -1));
    const isRowsCopy = objects.some(({ key }) => key === rowsCopyKey(place));
    return { place, manifest: named('manifest.json'), proof: named('proof.json'), attempts, isRowsCopy };
  });
  const backups = folders.flatMap(({ place, manifest, proof, attempts }) =>
    manifest ? [{ place, sealedAt: manifest.lastModified, hasProof: proof !== undefined, attempts }] : [],
  );
  const unsealed = folders.filter(({ manifest, isRowsCopy }) => !manifest && !isRowsCopy);
  const ofAttempts = unsealed.filter(({ attempts }) => attempts.length > 0);
  const folderOf = ({ place, attempts }: (typeof folders)[number]) => ({ ...place, attempts });
  return {
    backups: backups.sort((a, b) => momentOf(b.place, b.sealedAt) - momentOf(a.place, a.sealedAt)),
    unfinished: ofAttempts.filter(({ proof }) => !proof).map(folderOf),
    manifestGone: ofAttempts.filter(({ proof }) => proof).map(folderOf),
    remnants: unsealed.flatMap(({ place, attempts }) => (attempts.length === 0 ? [place] : [])),
    rowsCopies: folders.flatMap(({ place, isRowsCopy }) => (isRowsCopy ? [place] : [])),
    folders: found,
  };
}

/** All folders that could be those of backups, sealed or not, newest first. */
export async function backupFolders(
  store: ObjectStore,
  filter: BackupFilter = {},
  options: ListOptions = {},
): Promise<BackupPlace[]> {
  const { ofSources } = await sourceFolders(store, filter, options);
  return await backupsIn(store, ofSources, filter, options);
}

async function sourceFolders(
  store: ObjectStore,
  filter: BackupFilter,
  options: ListOptions,
): Promise<VaultListing['folders']> {
  const top = await foldersBelow(store, '', options);
  const classes = top.filter(
    (name) =>
      isRetentionClass(name) && (filter.retentionClass === undefined || name === filter.retentionClass),
  );
  const sources = await inParallel(classes, LISTINGS_AT_ONCE, async (retentionClass) =>
    (await foldersBelow(store, `${retentionClass}/`, options))
      .filter((source) => filter.source === undefined || source === filter.source)
      .map((source) => `${retentionClass}/${source}/`),
  );
  return { top, ofSources: sources.flat() };
}

async function backupsIn(
  store: ObjectStore,
  folders: readonly string[],
  filter: BackupFilter,
  options: ListOptions,
): Promise<BackupPlace[]> {
  const places = await inParallel(folders, LISTINGS_AT_ONCE, async (prefix) =>
    (await foldersBelow(store, prefix, options)).flatMap(
      (id) => parseManifestKey(`${prefix}${id}/manifest.json`) ?? [],
    ),
  );
  return places
    .flat()
    .filter(({ backupId }) => isBetween(timeOfId(backupId), filter.ids))
    .sort(newestFirst);
}

/**
 * The time that decides how new a backup is, in milliseconds. The id says when the backup began, by the clock
 * of its machine. The vault says when the manifest was written. A backup cannot be sealed before it begins.
 * So if the id is later than the manifest, it comes from a fast clock or a future slot, and the vault's time
 * is right. If the manifest is later, it may have been copied from another vault, and the id is right.
 */
export function momentOf({ backupId }: BackupPlace, sealedAt: Date): number {
  const beganAt = timeOfId(backupId).getTime();
  return Number.isNaN(beganAt) ? sealedAt.getTime() : Math.min(beganAt, sealedAt.getTime());
}

/**
 * Yields the sealed backups among these folders, newest first. The folders must be sorted, with the largest
 * id first. It asks the vault only about as many backups as the caller takes, unless ids are later than their
 * manifests.
 */
export async function* sealedNewestFirst(
  store: ObjectStore,
  folders: readonly BackupPlace[],
  options: ListOptions = {},
): AsyncGenerator<BackupPlace> {
  // Sorted by time; the newest is last.
  const waiting: Array<{ readonly place: BackupPlace; readonly moment: number }> = [];
  for (const place of folders) {
    // No backup from here on is newer than this id.
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

/** True for an id whose time does not exist, because nothing is known about it. */
function isBetween(time: Date, { from, until }: NonNullable<BackupFilter['ids']> = {}): boolean {
  return !(from && time < from) && !(until && time > until);
}

/** Compares ids, which start with a time. Class and source only make the order of equal ids definite. */
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

/** The error for a backup that has a proof, but no manifest any more. */
export function manifestGone(place: BackupPlace, store: ObjectStore): LifeboatError {
  return new LifeboatError({
    code: 'backup-manifest-gone',
    kind: 'vault',
    what: `${nameOfBackup(place)} in ${store.url} has a proof, but its manifest is gone.`,
    meaning:
      'It was a backup. Somebody has deleted its manifest, or it has expired and the rest follows within days. Without the manifest it cannot be restored.',
    remedy:
      'If the bucket keeps versions, --deleted finds it as it was: `lifeboat list --deleted`. Otherwise use another backup; `lifeboat list` shows them.',
  });
}

/** The error for a folder without a manifest. */
export function unfinishedAttempt(place: BackupPlace, store: ObjectStore): LifeboatError {
  return new LifeboatError({
    code: 'backup-unfinished',
    kind: 'vault',
    what: `${nameOfBackup(place)} in ${store.url} has no manifest.`,
    meaning: `That attempt is still running or never finished${versionsOf(store) ? ', or somebody deleted its manifest' : ''}. It is not a backup and cannot be restored.`,
    remedy: `Use another backup; \`lifeboat list\` shows them.${deletedHint(store)}`,
  });
}
