import { type BackupPlace, backupPrefix, manifestKey } from '../archive/keys.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { ObjectVersion, ObjectVersions } from '../storage/object-versions.ts';
import { heldVersions } from './held-versions.ts';
import { type HoldNote, type HoldRecord, lastHoldRecord, writeHoldRecord } from './hold-record.ts';
import { refuseNotHeld } from './refuse-not-held.ts';
import { type Unmarking, unmark } from './unmark.ts';

export interface HoldRequest extends HoldNote {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface HoldReport {
  readonly place: BackupPlace;
  /** Versions of objects that were held, or released. */
  readonly versions: number;
  /** Objects that a delete marker hides. They are held all the same, and --deleted finds them. */
  readonly hidden: number;
  readonly unmarking: Unmarking;
  /** Who had asked for the hold that was there already, or that had begun. */
  readonly before?: HoldRecord | undefined;
}

const REQUESTS_AT_ONCE = 16;

/**
 * Puts a legal hold on every version of every object of a backup: nobody can delete them until it is removed. The
 * manifest comes last, so a held manifest says that all of it is held. Run again after an interruption, it does what is
 * missing. Throws `vault-no-object-lock`, and leaves nothing then.
 */
export async function addHold(request: HoldRequest): Promise<HoldReport> {
  const { store, place, signal } = request;
  const versions = heldVersions(store);
  const held = new Set<string>();
  const hold = async (found: readonly ObjectVersion[]) => {
    await setAll(versions, found, true, request, held.size);
    for (const version of found) held.add(idOf(version));
  };
  const last = await lastHoldRecord(store, place, { signal });
  const before = await read(versions, place, signal);
  const [first, ...rest] = before.others;
  // A bucket without locks, and a person without the permission, learn it here.
  if (first) await hold([first]);
  await writeHoldRecord(store, place, 'adding', request, { now: request.now(), signal });
  await hold(rest);
  await hold(before.manifests);
  // A drill may have put its proof in the meantime.
  const after = await read(versions, place, signal);
  await hold([...after.others, ...after.manifests].filter((version) => !held.has(idOf(version))));
  const unmarking = await unmark(versions, after, { signal });
  const was = last?.action === 'adding' ? { before: last } : {};
  return { place, versions: held.size, hidden: after.hidden, unmarking, ...was };
}

/**
 * Ends the hold: the manifest first, so that a backup that is held in part never looks held. Throws `hold-none`, and
 * changes nothing, if nothing is held.
 */
export async function removeHold(request: HoldRequest): Promise<HoldReport> {
  const { store, place, signal, now } = request;
  const versions = heldVersions(store);
  const { manifests, others, hidden } = await read(versions, place, signal);
  await refuseNotHeld(store, place, [...manifests, ...others], { signal });
  await writeHoldRecord(store, place, 'removing', request, { now: now(), signal });
  await setAll(versions, manifests, false, request, 0);
  await setAll(versions, others, false, request, manifests.length);
  await writeHoldRecord(store, place, 'removed', request, { now: now(), signal });
  return { place, versions: manifests.length + others.length, hidden, unmarking: { outcome: 'not-asked' } };
}

/** All versions below a backup's folder, without delete markers, which nobody can hold. */
export interface BackupVersions {
  readonly manifests: readonly ObjectVersion[];
  readonly others: readonly ObjectVersion[];
  readonly hidden: number;
}

async function read(
  versions: ObjectVersions,
  place: BackupPlace,
  signal: AbortSignal,
): Promise<BackupVersions> {
  const found: ObjectVersion[] = [];
  let hidden = 0;
  for await (const version of versions.all(backupPrefix(place), { signal })) {
    if (!version.isDeleteMarker) found.push(version);
    else if (version.isLatest) hidden += 1;
  }
  const isManifest = ({ key }: ObjectVersion) => key === manifestKey(place);
  return {
    manifests: found.filter(isManifest),
    others: found.filter((version) => !isManifest(version)),
    hidden,
  };
}

async function setAll(
  versions: ObjectVersions,
  found: readonly ObjectVersion[],
  isHeld: boolean,
  { signal, onProgress }: HoldRequest,
  doneBefore: number,
): Promise<void> {
  let done = doneBefore;
  await inParallel(found, REQUESTS_AT_ONCE, async ({ key, versionId }) => {
    await versions.setLegalHold(key, versionId, isHeld, { signal });
    onProgress?.(++done, Math.max(done, doneBefore + found.length));
  });
}

function idOf({ key, versionId }: ObjectVersion): string {
  return `${key} ${versionId}`;
}
