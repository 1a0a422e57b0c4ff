import { whyNoBase } from '../../archive/changes/base.ts';
import {
  CHANGES_FOLDER,
  changesPrefixes,
  ENTRIES_PER_FOLDER,
  type EpochPlace,
  epochKey,
  numberOfFolder,
  numberOfObject,
} from '../../archive/changes/change-keys.ts';
import { readEpochs, sourcesWithChanges } from '../../archive/changes/epochs.ts';
import type { BackupPlace } from '../../archive/keys.ts';
import type { ListOptions } from '../../archive/listing.ts';
import type { Manifest } from '../../archive/manifest.ts';
import { readManifest } from '../../archive/read-manifest.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { firstNeeded, openLog } from '../../replay/plan/epoch-log.ts';
import { parseSnapshot } from '../../replay/visibility.ts';
import type { ObjectStore, ObjectSummary } from '../../storage/object-store.ts';

/** Longer than any backup takes: one that still runs may become a base of an epoch that has ended. */
const YOUNGEST_MS = 2 * 86_400_000;

/** Captured changes of one epoch that no backup needs any more. */
export interface UnneededChanges extends EpochPlace {
  /** `no-base`: no backup leads into the epoch, which has ended. `before-base`: older than the oldest backup that does. */
  readonly why: 'no-base' | 'before-base';
  /** In the order in which they are deleted. */
  readonly objects: readonly ObjectSummary[];
}

export interface ChangesPlan {
  readonly unneeded: readonly UnneededChanges[];
  readonly problems: readonly string[];
}

export interface ChangesRequest {
  readonly store: ObjectStore;
  readonly source?: string | undefined;
  /** The backups that stay. */
  readonly backups: readonly BackupPlace[];
  /** The storage's time. */
  readonly now: Date;
  readonly options: ListOptions;
}

/**
 * What of the captured changes no backup needs. The newest epoch stays as long as nothing leads into it, because its
 * base may be on its way. If anything of a source cannot be read, all of its changes stay, and a problem says so.
 */
export async function findUnneededChanges(request: ChangesRequest): Promise<ChangesPlan> {
  const { store, options } = request;
  const unneeded: UnneededChanges[] = [];
  const problems: string[] = [];
  for (const source of await sourcesWithChanges(store, options.signal)) {
    if (request.source !== undefined && request.source !== source) continue;
    try {
      unneeded.push(...(await unneededOf(request, source)));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
      problems.push(`All captured changes of ${source} stay, because not all is readable: ${error.what}`);
    }
  }
  return { unneeded, problems };
}

async function unneededOf(request: ChangesRequest, source: string): Promise<UnneededChanges[]> {
  const { store, options } = request;
  const signal = options.signal ?? new AbortController().signal;
  const epochs = await readEpochs(store, source, signal);
  const newest = epochs.at(-1)?.record.epoch;
  if (newest === undefined) return [];
  const manifests: Manifest[] = [];
  for (const place of request.backups) {
    if (place.source === source) manifests.push(await readManifest(store, place, options));
  }
  const unneeded: UnneededChanges[] = [];
  const known = new Set(epochs.map(({ record }) => record.epoch));
  for (const epoch of epochs) {
    const place = { source, epoch: epoch.record.epoch };
    const bases = manifests.filter((manifest) => whyNoBase(epoch.record, manifest) === undefined);
    if (bases.length === 0) {
      if (place.epoch !== newest) unneeded.push(...(await wholeEpoch(request, place)));
      continue;
    }
    const log = await openLog(store, epoch, signal);
    if (!log) continue;
    let first = log.head.number;
    for (const { snapshot } of bases) {
      const needed = await firstNeeded(store, log, parseSnapshot(snapshot.snapshot), signal);
      // Of such a base nothing leads on any more; what is there stays for the others.
      if (needed !== undefined) first = Math.min(first, needed);
    }
    const objects = await objectsBefore(request, place, first);
    if (objects.length > 0) unneeded.push({ ...place, why: 'before-base', objects });
  }
  // A run that was cut has deleted their file first.
  for (const epoch of await epochsWithObjects(store, source, options)) {
    if (!known.has(epoch) && epoch < newest) unneeded.push(...(await wholeEpoch(request, { source, epoch })));
  }
  return unneeded;
}

/** The epoch's file first: without it nobody takes the rest for something whole. */
async function wholeEpoch(
  { store, now, options }: ChangesRequest,
  place: EpochPlace,
): Promise<UnneededChanges[]> {
  const file = await store.head(epochKey(place), options);
  const rest = await objectsOf(store, place, options);
  const objects = [...(file ? [file] : []), ...rest];
  const isYoung = objects.some(({ lastModified }) => now.getTime() - lastModified.getTime() < YOUNGEST_MS);
  return isYoung || objects.length === 0 ? [] : [{ ...place, why: 'no-base', objects }];
}

/** Entries first, and the oldest of them: so at every moment the log that is left has no gap, and names only what is there. */
async function objectsBefore(
  { store, now, options }: ChangesRequest,
  place: EpochPlace,
  first: number,
): Promise<ObjectSummary[]> {
  const objects = await objectsOf(store, place, options, first);
  return objects.filter(
    ({ key, lastModified }) =>
      (numberOfObject(key) ?? first) < first && now.getTime() - lastModified.getTime() >= YOUNGEST_MS,
  );
}

/** Entries, leases, segments of an epoch, each in their order; only folders that hold numbers below `below`. */
async function objectsOf(
  store: ObjectStore,
  place: EpochPlace,
  options: ListOptions,
  below = Number.POSITIVE_INFINITY,
): Promise<ObjectSummary[]> {
  const found: ObjectSummary[] = [];
  for (const prefix of changesPrefixes(place)) {
    const { prefixes } = await store.list(prefix, options);
    for (const folder of prefixes.toSorted()) {
      const number = numberOfFolder(folder);
      if (number === undefined || number * ENTRIES_PER_FOLDER >= below) continue;
      const { objects } = await store.list(folder, options);
      found.push(...objects.filter(({ key }) => numberOfObject(key) !== undefined).toSorted(byKey));
    }
  }
  return found;
}

async function epochsWithObjects(
  store: ObjectStore,
  source: string,
  options: ListOptions,
): Promise<Set<number>> {
  const epochs = new Set<number>();
  for (const kind of ['log', 'leases', 'segments']) {
    const { prefixes } = await store.list(`${CHANGES_FOLDER}${source}/${kind}/`, options);
    for (const prefix of prefixes) {
      const epoch = numberOfFolder(prefix);
      if (epoch !== undefined) epochs.add(epoch);
    }
  }
  return epochs;
}

function byKey(one: ObjectSummary, other: ObjectSummary): number {
  return one.key < other.key ? -1 : 1;
}
