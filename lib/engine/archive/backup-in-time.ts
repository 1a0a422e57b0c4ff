import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { notArrived } from './arrival.ts';
import { type BackupPlace, timeOfId } from './keys.ts';
import { type ListOptions, nameOfBackup } from './listing.ts';
import { readManifest } from './read-manifest.ts';
import { idsOf, isInWindow, type TimeWindow } from './time-window.ts';

/** A full backup, and the moment that its rows show. */
export interface ShownMoment {
  readonly place: BackupPlace;
  readonly snapshotAt: Date;
}

/** The backup that a time has chosen, and the next newer full one, if there is one. */
export interface InTime extends ShownMoment {
  readonly next: ShownMoment | undefined;
}

/**
 * Finds the newest full backup of a window among the folders of one source, which are sorted by id, the newest first.
 * The moment of the snapshot counts. Ids only tell whose manifests are worth reading: with a daily schedule, about
 * four. Returns undefined if no full backup is in the window.
 *
 * In a replica a backup that is still arriving is passed over, as by `latest`. Throws what {@link readManifest} throws
 * for a manifest that cannot be trusted, if its id is newer than the backup that was found: nobody should silently get
 * an older one.
 */
export async function backupInTime(
  store: ObjectStore,
  folders: readonly BackupPlace[],
  window: TimeWindow,
  options: ListOptions,
): Promise<InTime | undefined> {
  const reader = new Reader(store, options);
  const { from, until } = idsOf(window);
  let found: ShownMoment | undefined;
  for (const place of folders) {
    const id = timeOfId(place.backupId).getTime();
    if (until && id > until.getTime()) continue;
    if (from && id < from.getTime()) break;
    // A run can be late, so that an older id shows a later moment, but not by more than idsOf allows for.
    if (found && id < oldestIdOf(found.snapshotAt)) break;
    const snapshotAt = await reader.snapshotOf(place, found && id <= found.snapshotAt.getTime());
    if (!snapshotAt || !isInWindow(snapshotAt.getTime(), window)) continue;
    if (found && snapshotAt <= found.snapshotAt) continue;
    if (await reader.arrives(place)) continue;
    found = { place, snapshotAt };
  }
  return found && { ...found, next: await nextAfter(reader, folders, found) };
}

/** The oldest full backup that shows a later moment than this one. One that cannot be read is no answer. */
async function nextAfter(
  reader: Reader,
  folders: readonly BackupPlace[],
  found: ShownMoment,
): Promise<ShownMoment | undefined> {
  let next: ShownMoment | undefined;
  for (const place of folders.toReversed()) {
    const id = timeOfId(place.backupId).getTime();
    if (id < oldestIdOf(found.snapshotAt)) continue;
    if (next && id > (idsOf({ before: next.snapshotAt }).until?.getTime() ?? 0)) break;
    const snapshotAt = await reader.snapshotOf(place, true);
    if (!snapshotAt || snapshotAt <= found.snapshotAt) continue;
    if (!next || snapshotAt < next.snapshotAt) next = { place, snapshotAt };
  }
  return next;
}

function oldestIdOf(snapshotAt: Date): number {
  return idsOf({ since: snapshotAt }).from?.getTime() ?? 0;
}

/** Reads each manifest once. */
class Reader {
  readonly #store: ObjectStore;
  readonly #options: ListOptions;
  readonly #read = new Map<string, ReturnType<typeof readManifest>>();

  constructor(store: ObjectStore, options: ListOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** The moment that a full backup shows. Undefined for others, and if `mayFail` for those that cannot be trusted. */
  async snapshotOf(place: BackupPlace, mayFail = false): Promise<Date | undefined> {
    try {
      const { scope, snapshot } = await this.#manifestOf(place);
      return scope === 'full' ? new Date(snapshot.takenAt) : undefined;
    } catch (error) {
      if (!(error instanceof LifeboatError)) throw error;
      if (error.code === 'backup-unfinished' || (mayFail && error.kind === 'verification')) return undefined;
      throw error;
    }
  }

  async arrives(place: BackupPlace): Promise<boolean> {
    const missing = await notArrived(this.#store, place, await this.#manifestOf(place), this.#options);
    return missing.length > 0;
  }

  #manifestOf(place: BackupPlace): ReturnType<typeof readManifest> {
    const name = nameOfBackup(place);
    const reading = this.#read.get(name) ?? readManifest(this.#store, place, this.#options);
    this.#read.set(name, reading);
    return reading;
  }
}
