import { LifeboatError } from '../ground/errors.ts';
import { nearestName } from '../ground/nearest-name.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { deletedHint } from '../storage/object-versions.ts';
import { stillArriving } from './arrival.ts';
import { backupInTime, type InTime } from './backup-in-time.ts';
import { firstFullBackup } from './first-full-backup.ts';
import {
  type BackupPlace,
  isBackupId,
  isSafetySource,
  manifestKey,
  parseManifestKey,
  proofKey,
} from './keys.ts';
import {
  type BackupFilter,
  backupFolders,
  type ListOptions,
  manifestGone,
  nameOfBackup,
  sealedNewestFirst,
  unfinishedAttempt,
} from './listing.ts';
import type { MissingObject } from './missing-objects.ts';
import { notInTime } from './not-in-time.ts';
import type { TimeWindow } from './time-window.ts';

export interface ResolveOptions extends ListOptions {
  /** Called with a sentence if `latest` is not the newest backup that has begun to arrive in a replica. */
  readonly onNotice?: (notice: string) => void;
  /** `latest` is then the newest full backup that shows a moment of this window. */
  readonly window?: TimeWindow | undefined;
  /** Called with the backup that a window has chosen. */
  readonly onChosen?: (chosen: InTime) => void;
}

/**
 * Finds the sealed backup that a person means by `latest`, an id, or `class/source/id`. The filter narrows
 * the search. `latest` is the newest full backup, by its id and the vault's times; in a replica it is the
 * newest one that has arrived whole; if a source has no full backup, it is the newest. With a window, it is
 * the newest full backup that shows a moment of it, by the manifests. Throws
 * `backup-arriving`, `backup-not-in-time`, `backup-reference-invalid`, `backup-none`, `backup-not-found`, `backup-unfinished`,
 * `backup-manifest-gone`, `backup-source-ambiguous`, `backup-ambiguous`, and for `latest` what readManifest
 * throws.
 */
export async function resolveBackup(
  store: ObjectStore,
  reference: string,
  filter: BackupFilter = {},
  options: ResolveOptions = {},
): Promise<BackupPlace> {
  if (reference === 'latest') return latestBackup(store, filter, options);
  if (isBackupId(reference)) return backupWithId(store, reference, filter, options);
  const place = parseManifestKey(`${reference.replace(/\/$/, '')}/manifest.json`);
  if (!place) {
    throw new LifeboatError({
      code: 'backup-reference-invalid',
      kind: 'usage',
      what: `${JSON.stringify(reference)} does not name a backup.`,
      remedy: `${await whichIsMeant(store, reference, filter, options)}Write \`latest\`, an id such as 20261120T020000Z, or class/source/id as \`lifeboat list\` shows it.`,
    });
  }
  if (await isSealed(store, place, options)) return place;
  const folders = await backupFolders(store, place, options);
  throw folders.some(({ backupId }) => backupId === place.backupId)
    ? await withoutManifest(store, place, options)
    : notFound(reference, store, await whichIsMeant(store, reference, {}, options));
}

async function latestBackup(
  store: ObjectStore,
  filter: BackupFilter,
  options: ResolveOptions,
): Promise<BackupPlace> {
  const folders = await backupFolders(store, filter, options);
  const newestOf = new Map<string, BackupPlace>();
  for (const [source, ofSource] of Map.groupBy(folders, (place) => place.source)) {
    if (isSafetySource(source) && !filter.source) continue;
    for await (const place of sealedNewestFirst(store, ofSource, options)) {
      newestOf.set(source, place);
      break;
    }
  }
  const [newest, ...others] = [...newestOf.values()];
  if (newest && others.length === 0) {
    const ofSource = folders.filter(({ source }) => source === newest.source);
    if (options.window) return await chosenInTime(store, ofSource, options.window, options);
    return (await newestArrived(store, sealedNewestFirst(store, ofSource, options), options)) ?? newest;
  }
  if (newest) {
    const sources = [...newestOf.keys()].sort();
    throw new LifeboatError({
      code: 'backup-source-ambiguous',
      kind: 'usage',
      what: `${store.url} holds backups of several sources: ${sources.join(', ')}.`,
      meaning: 'It is not clear which source you mean.',
      remedy: `Name the source: --name ${sources.join(', or --name ')}.`,
    });
  }
  const sourcesThere = (await backupFolders(store, {}, options)).map(({ source }) => source);
  const elsewhere = [...new Set(sourcesThere)].filter((source) => source !== filter.source).sort();
  const unfinished = folders.length === 0 ? '' : `, only unfinished attempts: ${folders.length}`;
  throw new LifeboatError({
    code: 'backup-none',
    kind: 'vault',
    what: `There is no backup${describeFilter(filter)} in ${store.url}${unfinished}.`,
    remedy: `${elsewhere.length === 0 ? '' : `There are backups of ${elsewhere.join(', ')}. `}Check the address of the vault and the name of the source; \`lifeboat list\` shows what is there.${deletedHint(store)}`,
  });
}

/** Throws `backup-not-in-time`, which names the full backups that the vault has instead. */
async function chosenInTime(
  store: ObjectStore,
  folders: readonly BackupPlace[],
  window: TimeWindow,
  options: ResolveOptions,
): Promise<BackupPlace> {
  const chosen = await backupInTime(store, folders, window, options);
  if (chosen) {
    options.onChosen?.(chosen);
    return chosen.place;
  }
  throw await notInTime(store, folders, window, options);
}

/** The newest full backup that is not still arriving. Throws `backup-arriving` if every full one is. */
async function newestArrived(
  store: ObjectStore,
  places: AsyncIterable<BackupPlace>,
  options: ResolveOptions,
): Promise<BackupPlace | undefined> {
  const arriving: Array<readonly [BackupPlace, readonly MissingObject[]]> = [];
  const found = await firstFullBackup(store, places, {
    ...options,
    onArriving: (place, missing) => arriving.push([place, missing]),
  });
  const [first] = arriving;
  if (found === undefined && first) throw stillArriving(store, ...first);
  if (found && first) {
    const names = arriving.map(([place]) => nameOfBackup(place)).join(', ');
    options.onNotice?.(
      `Not all objects of ${names} have arrived in this replica yet. The latest backup that is whole is ${nameOfBackup(found)}.`,
    );
  }
  return found;
}

async function backupWithId(
  store: ObjectStore,
  backupId: string,
  filter: BackupFilter,
  options: ListOptions,
): Promise<BackupPlace> {
  const folders = (await backupFolders(store, filter, options)).filter(
    (place) => place.backupId === backupId,
  );
  const sealed: BackupPlace[] = [];
  for (const place of folders) if (await isSealed(store, place, options)) sealed.push(place);
  const [found, ...others] = sealed;
  if (found && others.length === 0) return found;
  if (found) {
    throw new LifeboatError({
      code: 'backup-ambiguous',
      kind: 'usage',
      what: `${store.url} holds ${sealed.length} backups with the id ${backupId}.`,
      remedy: `Write the full name: ${sealed.map(nameOfBackup).join(' or ')}.`,
    });
  }
  const [unfinished] = folders;
  if (unfinished) throw await withoutManifest(store, unfinished, options);
  throw notFound(backupId, store, await whichIsMeant(store, backupId, {}, options), filter);
}

/** The error for a folder without a manifest: of an attempt, or of what was a backup. */
async function withoutManifest(
  store: ObjectStore,
  place: BackupPlace,
  options: ListOptions,
): Promise<LifeboatError> {
  const proof = await store.head(proofKey(place), options);
  return proof ? manifestGone(place, store) : unfinishedAttempt(place, store);
}

async function isSealed(store: ObjectStore, place: BackupPlace, options: ListOptions): Promise<boolean> {
  return (await store.head(manifestKey(place), options)) !== undefined;
}

const MEANT_AT_MOST = 3;

/** A question for a name that is incomplete or mistyped; `''` if no backup is near. */
async function whichIsMeant(
  store: ObjectStore,
  reference: string,
  filter: BackupFilter,
  options: ListOptions,
): Promise<string> {
  const places = await backupFolders(store, filter, options);
  /** The full name of each backup, and the parts of it that people write. */
  const written = places.map((place) => {
    const name = nameOfBackup(place);
    return [name, `${place.source}/${place.backupId}`, place.backupId] as const;
  });
  // A path or URL in front of the name, or a file of the backup behind it.
  const within = written.filter(([name]) => reference.includes(name));
  if (within.length > 0) return `Did you mean ${within[0]?.[0]}? `;
  const nearest = nearestName(reference, new Set(written.flat()));
  const begun = written.filter((names) => names.some((name) => name.startsWith(reference)));
  const near = written.filter((names) => names.some((name) => name === nearest));
  const meant = (begun.length > 0 ? begun : near).map(([name]) => name);
  if (reference === '' || meant.length === 0) return '';
  const more = meant.length > MEANT_AT_MOST ? ` or one of ${meant.length - MEANT_AT_MOST} others` : '';
  return `Did you mean ${meant.slice(0, MEANT_AT_MOST).join(' or ')}${more}? `;
}

function notFound(
  reference: string,
  store: ObjectStore,
  question: string,
  filter: BackupFilter = {},
): LifeboatError {
  return new LifeboatError({
    code: 'backup-not-found',
    kind: 'vault',
    what: `There is no backup ${reference}${describeFilter(filter)} in ${store.url}.`,
    remedy: `${question}\`lifeboat list\` shows what is there.${deletedHint(store)}`,
  });
}

function describeFilter({ source, retentionClass }: BackupFilter): string {
  return [source && ` of ${source}`, retentionClass && ` in class ${retentionClass}`]
    .filter(Boolean)
    .join('');
}
