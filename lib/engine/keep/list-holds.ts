import { type BackupPlace, HOLDS_FOLDER, manifestKey } from '../archive/keys.ts';
import { type BackupFilter, listBackups, nameOfBackup } from '../archive/listing.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { type DeletedStore, openDeleted } from '../storage/deleted-store.ts';
import type { GetOptions, ObjectStore } from '../storage/object-store.ts';
import type { ObjectVersions } from '../storage/object-versions.ts';
import { heldVersions } from './held-versions.ts';
import { type HoldRecord, lastHoldRecord } from './hold-record.ts';

export interface ListedHold {
  readonly place: BackupPlace;
  /** `adding` and `removing`: the command that began it did not end, so only some of the objects are held. */
  readonly state: 'held' | 'adding' | 'removing';
  /** When the manifest was deleted. */
  readonly deletedAt: Date | undefined;
  /** The record that explains the state; undefined for a hold that Lifeboat did not put there. */
  readonly record: HoldRecord | undefined;
  /** Keys beside a held manifest whose newest version is not held, such as a proof that came later. */
  readonly unheld: readonly string[];
}

const REQUESTS_AT_ONCE = 8;

/** Finds the backups on hold, deleted ones too: a held manifest says that the whole backup is held. */
export async function listHolds(
  store: ObjectStore,
  filter: BackupFilter,
  options: GetOptions,
): Promise<ListedHold[]> {
  const versions = heldVersions(store);
  const whole = openDeleted(store);
  const recorded = await recordedBackups(store, options);
  const { backups } = await listBackups(whole, filter, options);
  const found = await inParallel(backups, REQUESTS_AT_ONCE, async ({ place }) => {
    const key = manifestKey(place);
    const isHeld = await versions.legalHold(key, await whole.versionIdOf(key, options), options);
    const hasRecords = recorded.has(nameOfBackup(place));
    const last = hasRecords ? await lastHoldRecord(store, place, options) : undefined;
    const state = stateOf(isHeld, last);
    if (state === undefined) return [];
    // What is held after Lifeboat let it go, somebody else holds.
    const record = last?.action === 'removed' ? undefined : last;
    const unheld = state === 'held' ? await unheldBeside(whole, versions, key, options) : [];
    return [{ place, state, record, deletedAt: await whole.deletedAt(key, options), unheld }];
  });
  return found.flat();
}

async function unheldBeside(
  whole: DeletedStore,
  versions: ObjectVersions,
  manifest: string,
  options: GetOptions,
): Promise<string[]> {
  const { objects } = await whole.list(manifest.slice(0, manifest.lastIndexOf('/') + 1), options);
  const unheld: string[] = [];
  for (const { key } of objects) {
    if (key === manifest) continue;
    const isHeld = await versions.legalHold(key, await whole.versionIdOf(key, options), options);
    if (!isHeld) unheld.push(key);
  }
  return unheld;
}

function stateOf(isHeld: boolean, last: HoldRecord | undefined): ListedHold['state'] | undefined {
  if (last?.action === 'removing') return 'removing';
  if (isHeld) return 'held';
  return last?.action === 'adding' ? 'adding' : undefined;
}

/** Names of the backups that have records of holds. */
async function recordedBackups(store: ObjectStore, options: GetOptions): Promise<Set<string>> {
  let folders: readonly string[] = [HOLDS_FOLDER];
  for (const _ of ['class', 'source', 'id']) {
    const below = await inParallel(folders, REQUESTS_AT_ONCE, async (folder) => {
      return (await store.list(folder, options)).prefixes;
    });
    folders = below.flat();
  }
  return new Set(folders.map((folder) => folder.slice(HOLDS_FOLDER.length, -1)));
}
