import { type EpochPlace, epochKey, numberOfObject } from '../../archive/changes/change-keys.ts';
import { sourcesWithChanges } from '../../archive/changes/epochs.ts';
import type { BackupPlace } from '../../archive/keys.ts';
import type { ListOptions } from '../../archive/listing.ts';
import { LifeboatError } from '../../ground/errors.ts';
import type { ObjectStore, ObjectSummary } from '../../storage/object-store.ts';
import { epochsWithObjects, objectsOfEpoch } from './epoch-objects.ts';
import { neededChanges } from './needed-bases.ts';

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
      problems.push(unreadableChanges(source, error));
    }
  }
  return { unneeded, problems };
}

export function unreadableChanges(source: string, { what }: LifeboatError): string {
  return `All captured changes of ${source} stay, because not all is readable: ${what}`;
}

async function unneededOf(request: ChangesRequest, source: string): Promise<UnneededChanges[]> {
  const { store, options } = request;
  const backups = request.backups.filter((place) => place.source === source);
  const { epochs } = await neededChanges({ store, source, backups, options });
  const newest = epochs.at(-1)?.epoch;
  if (newest === undefined) return [];
  const unneeded: UnneededChanges[] = [];
  for (const need of epochs) {
    const place = { source, epoch: need.epoch };
    if (need.kind === 'nothing') unneeded.push(...(await wholeEpoch(request, place)));
    if (need.kind !== 'from') continue;
    const objects = await objectsBefore(request, place, need.first);
    if (objects.length > 0) unneeded.push({ ...place, why: 'before-base', objects });
  }
  // A run that was cut has deleted their file first.
  const known = new Set(epochs.map(({ epoch }) => epoch));
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
  const rest = await objectsOfEpoch(store, place, options);
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
  const objects = await objectsOfEpoch(store, place, options, first);
  return objects.filter(
    ({ key, lastModified }) =>
      (numberOfObject(key) ?? first) < first && now.getTime() - lastModified.getTime() >= YOUNGEST_MS,
  );
}
