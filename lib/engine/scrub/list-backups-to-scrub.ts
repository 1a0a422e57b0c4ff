import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import { type BackupFilter, listBackups } from '../archive/listing.ts';
import type { Manifest } from '../archive/manifest.ts';
import { type ManifestFile, readManifestFile } from '../archive/read-manifest.ts';
import type { ScrubProblem } from '../archive/scrub-record.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { manifestProblem } from '../verify/manifest-problem.ts';
import { BatchFiller, tasksOf } from './plan-batches.ts';
import type { ScrubBatch } from './scrub-batch.ts';

/** A backup as it was when the scrub began. What its tasks found is compared with it. */
export interface ListedForScrub {
  readonly place: BackupPlace;
  readonly scope: Manifest['scope'] | null;
  /** Tasks are numbered from 0. None if the manifest cannot be read. */
  readonly tasks: number;
  readonly objects: number;
  /** Whether it is encrypted to recipients. */
  readonly isEncrypted: boolean;
  /** What is wrong with the manifest. */
  readonly problems: readonly ScrubProblem[];
}

/** After this many manifests in a row that the vault does not return, the vault counts as unavailable. */
const UNREADABLE_IN_A_ROW = 3;

/**
 * Yields batches that hold every object of every sealed backup, and adds each backup to `listed`. It holds one manifest at
 * a time. Throws the store's error if the vault becomes unavailable, and the signal's reason.
 */
export async function* batchesOfVault(
  store: ObjectStore,
  listed: ListedForScrub[],
  { signal, filter = {} }: { readonly signal?: AbortSignal; readonly filter?: BackupFilter } = {},
): AsyncGenerator<ScrubBatch> {
  const options = signal ? { signal } : {};
  const { backups } = await listBackups(store, filter, options);
  const filler = new BatchFiller();
  let refused = 0;
  for (const { place } of backups) {
    signal?.throwIfAborted();
    const file = await readManifestFile(store, place, options).catch((error: unknown) => {
      signal?.throwIfAborted();
      if (error instanceof LifeboatError) return error;
      throw error;
    });
    if (file instanceof LifeboatError) {
      // It has expired since it was listed.
      if (file.code === 'backup-unfinished') continue;
      refused = file.kind === 'verification' ? 0 : refused + 1;
      if (refused >= UNREADABLE_IN_A_ROW) throw file;
      listed.push(withoutManifest(place, file));
      continue;
    }
    refused = 0;
    let [tasks, objects] = [0, 0];
    for (const sized of tasksOf(place, file)) {
      const full = filler.add(sized);
      if (full) yield full;
      tasks += 1;
      objects += sized.objects;
    }
    listed.push({ ...about(place, file), tasks, objects, problems: [] });
  }
  const rest = filler.rest();
  if (rest) yield rest;
}

function about({ retentionClass, source, backupId }: BackupPlace, { manifest }: ManifestFile) {
  return {
    place: { retentionClass, source, backupId },
    scope: manifest.scope,
    isEncrypted: manifest.encryption !== undefined,
  };
}

function withoutManifest(place: BackupPlace, reason: LifeboatError): ListedForScrub {
  const verdict = reason.kind === 'verification' ? 'damaged' : 'unreadable';
  return {
    place,
    scope: null,
    tasks: 0,
    objects: 0,
    isEncrypted: false,
    problems: [{ name: manifestKey(place), verdict, problem: manifestProblem(place, reason) }],
  };
}
