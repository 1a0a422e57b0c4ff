import { type BackupPlace, backupPrefix, manifestKey, proofKey, timeOfId } from '../../archive/keys.ts';
import type { ListOptions } from '../../archive/listing.ts';
import { isOwnKey } from '../../archive/own-keys.ts';
import type { ObjectStore, ObjectSummary } from '../../storage/object-store.ts';

/** What lies in a folder that has no manifest. */
export interface FolderContents {
  /** Keys of Lifeboat's objects, the proof last. */
  readonly own: readonly string[];
  /** Keys of what somebody else has put there. */
  readonly foreign: readonly string[];
  /** When its youngest object was written. */
  readonly keptSince: Date;
  /** Its place in time, in milliseconds. */
  readonly moment: number;
}

/** Undefined for a folder that holds a manifest by now: that is a backup. Also if nothing is there any more. */
export async function lookAtFolder(
  store: ObjectStore,
  place: BackupPlace,
  options: ListOptions,
): Promise<FolderContents | undefined> {
  const objects = await objectsBelow(store, backupPrefix(place), options);
  if (objects.length === 0 || objects.some(({ key }) => key === manifestKey(place))) return undefined;
  const keptSince = new Date(Math.max(...objects.map(({ lastModified }) => lastModified.getTime())));
  const began = timeOfId(place.backupId).getTime();
  const keys = objects.map(({ key }) => key);
  return {
    own: proofLast(
      place,
      keys.filter((key) => isOwnKey(place, key)),
    ),
    foreign: keys.filter((key) => !isOwnKey(place, key)),
    keptSince,
    moment: Math.min(Number.isNaN(began) ? Number.POSITIVE_INFINITY : began, keptSince.getTime()),
  };
}

/** An attempt has folders, and these have none. */
const DEEPEST = 2;

/** All objects below a prefix. A folder that lies deeper than any of Lifeboat's counts as one object of somebody else's. */
export async function objectsBelow(
  store: ObjectStore,
  prefix: string,
  options: ListOptions,
  depth = 0,
): Promise<ObjectSummary[]> {
  const { objects, prefixes } = await store.list(prefix, options);
  const below: ObjectSummary[] = [...objects];
  for (const folder of prefixes) {
    if (depth < DEEPEST) below.push(...(await objectsBelow(store, folder, options, depth + 1)));
    else below.push({ key: folder, sizeBytes: 0, lastModified: new Date(0) });
  }
  return below;
}

/** The proof tells the next run that a folder was a backup, and no attempt that may still be running. */
export function proofLast(place: BackupPlace, keys: readonly string[]): string[] {
  const proof = proofKey(place);
  return [...keys.filter((key) => key !== proof), ...keys.filter((key) => key === proof)];
}
