import { posix } from 'node:path';
import { type BackupPlace, backupPrefix, manifestKey, proofKey, rowsCopyKey } from '../../archive/keys.ts';
import type { ListOptions } from '../../archive/listing.ts';
import { isOwnKey } from '../../archive/own-keys.ts';
import { scrubRecordsOf } from '../../archive/scrub-record.ts';
import { inParallel } from '../../ground/in-parallel.ts';
import type { ObjectDeletion, Removal } from '../../storage/object-deletion.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { objectsBelow } from './unsealed-folder.ts';

export interface FolderRemoval {
  readonly store: ObjectStore;
  readonly deletion: ObjectDeletion;
  readonly place: BackupPlace;
  readonly options: ListOptions;
  /** Called after each object. */
  readonly onRemoved?: ((key: string) => void) | undefined;
}

export interface RemovedFolder {
  readonly objects: number;
  readonly storedBytes: number;
  /** Whether the storage keeps older versions of what was deleted. */
  readonly hidden: boolean;
  /** Whether this run is the one that deleted the manifest. S3 answers two that delete at once alike: then both are. */
  readonly unsealed: boolean;
  /** Keys of what somebody else has put into the folder. They stay. */
  readonly foreign: readonly string[];
}

const DELETIONS_AT_ONCE = 8;

/**
 * Deletes one folder: the manifest first and alone, so that a listed backup is whole at every moment; then the rest;
 * the proof last. It deletes only names that Lifeboat gives. A cut leaves a folder without a manifest, which the next
 * run removes. Two at once do no harm: what is gone already is no error.
 */
export async function removeFolder(removal: FolderRemoval): Promise<RemovedFolder> {
  const { store, deletion, place, options, onRemoved } = removal;
  const objects = await objectsBelow(store, backupPrefix(place), options);
  const own = objects.filter(({ key }) => isOwnKey(place, key));
  const removed: Array<{ readonly key: string; readonly sizeBytes: number; readonly removal: Removal }> = [];
  const remove = async ({ key, sizeBytes }: (typeof own)[number]) => {
    options.signal?.throwIfAborted();
    removed.push({ key, sizeBytes, removal: await deletion.remove(key, options) });
    onRemoved?.(key);
  };
  // A folder that must not be touched is found before the manifest is gone.
  const folders = new Set(own.map(({ key }) => posix.dirname(key)));
  for (const { key } of own) if (folders.delete(posix.dirname(key))) await deletion.check(key);
  // A folder has one of them: without it nobody takes the rest for something whole.
  const first = new Set([manifestKey(place), rowsCopyKey(place)]);
  const last = proofKey(place);
  for (const object of own.filter(({ key }) => first.has(key))) await remove(object);
  const rest = own.filter(({ key }) => !first.has(key) && key !== last);
  await inParallel(rest, DELETIONS_AT_ONCE, remove);
  for (const object of own.filter(({ key }) => key === last)) await remove(object);
  for (const object of await scrubRecordsOf(store, place, options)) await remove(object);
  const done = removed.filter((one) => one.removal !== 'gone');
  return {
    objects: done.length,
    storedBytes: done.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    unsealed: done.some(({ key }) => key === manifestKey(place)),
    hidden: done.some((one) => one.removal === 'hidden'),
    foreign: objects.flatMap(({ key }) => (isOwnKey(place, key) ? [] : [key])),
  };
}
