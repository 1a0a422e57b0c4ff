import { createHash } from 'node:crypto';
import { manifestKey } from '../../archive/keys.ts';
import { nameOfBackup } from '../../archive/listing.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { ObjectMissingError, readObject } from '../../storage/object-store.ts';
import { neededDeletion } from './prunable-vault.ts';
import { type PlanRequest, type PrunePlan, type PruneVerdict, planPrune } from './prune-plan.ts';
import { recordRemoval } from './record-removal.ts';
import { type RemovedChanges, removeChanges } from './remove-changes.ts';
import { type RemovedFolder, removeFolder } from './remove-folder.ts';

export interface PruneRequest extends PlanRequest {
  /** Called with the plan before anything is deleted; what it throws ends the run. */
  readonly onPlan?: (plan: PrunePlan) => Promise<void> | void;
  /** Who asks, for the record of what was deleted. @default 'unknown' */
  readonly by?: string;
  /** Called after each object that was deleted, with how many folders are done and how many there are. */
  readonly onRemoved?: (key: string, foldersDone: number, folders: number) => void;
}

export interface PrunedFolder extends RemovedFolder {
  readonly verdict: PruneVerdict;
}

export interface PruneReport extends PrunePlan {
  readonly removed: readonly PrunedFolder[];
  readonly removedChanges: readonly RemovedChanges[];
  /** What could not be deleted. The run did the rest. */
  readonly failures: readonly LifeboatError[];
}

/** Says what would go, and why. Changes nothing. Throws `vault-has-keeper`, `vault-cannot-delete`. */
export async function previewPrune(request: PlanRequest): Promise<PrunePlan> {
  await neededDeletion(request.store, request.options);
  return await planPrune(request);
}

/**
 * Deletes what has outlived its class while something newer counts, the oldest first. Right before each deletion it asks
 * once more whether the newer backup is there: somebody may have deleted it since the plan. Throws as
 * {@link previewPrune}, and the signal's reason.
 */
export async function prune(request: PruneRequest): Promise<PruneReport> {
  const { store, options, onPlan, onRemoved, by = 'unknown' } = request;
  const deletion = await neededDeletion(store, options);
  const plan = await planPrune(request);
  await onPlan?.(plan);
  const removed: PrunedFolder[] = [];
  const failures: LifeboatError[] = [];
  const unrecorded: string[] = [];
  const going = plan.verdicts.filter(({ goes }) => goes).toReversed();
  for (const [index, verdict] of going.entries()) {
    options.signal?.throwIfAborted();
    try {
      if (!(await isStillNewer(request, verdict))) throw newerIsGone(verdict, store.url);
      const { place } = verdict;
      const progress = (key: string) => onRemoved?.(key, index, going.length);
      const manifestSha256 = verdict.kind === 'backup' ? await manifestHash(request, verdict) : undefined;
      const folder = await removeFolder({ store, deletion, place, options, onRemoved: progress });
      removed.push({ ...folder, verdict });
      // Of two runs at once, the one that deleted the manifest records that.
      if (manifestSha256 === undefined || !folder.unsealed) continue;
      const { storedBytes } = folder;
      const removal = { verdict, manifestSha256, storedBytes, removedAt: new Date(), by };
      unrecorded.push(...(await recordRemoval(request, removal)));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof LifeboatError)) throw error;
      failures.push(error);
    }
  }
  // What a backup needs that could not be deleted stays, too.
  const removedChanges: RemovedChanges[] = [];
  for (const unneeded of failures.length === 0 ? plan.changes : []) {
    try {
      removedChanges.push(await removeChanges(deletion, unneeded, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof LifeboatError)) throw error;
      failures.push(error);
    }
  }
  return { ...plan, problems: [...plan.problems, ...unrecorded], removed, removedChanges, failures };
}

/** Of the manifest as it is, whatever it says about itself; `undefined` when another run has deleted it, and records that. */
async function manifestHash(
  { store, options }: PruneRequest,
  { place }: PruneVerdict,
): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readObject(store, manifestKey(place), options))
      .digest('hex');
  } catch (error) {
    if (error instanceof ObjectMissingError) return undefined;
    throw error;
  }
}

async function isStillNewer({ store, options }: PruneRequest, { newer }: PruneVerdict): Promise<boolean> {
  return newer !== null && (await store.head(manifestKey(newer), options)) !== undefined;
}

function newerIsGone({ place, newer }: PruneVerdict, storeUrl: string): LifeboatError {
  return new LifeboatError({
    code: 'prune-newer-gone',
    kind: 'vault',
    what: `${nameOfBackup(place)} in ${storeUrl} stays: ${newer ? nameOfBackup(newer) : 'the newer backup'}, because of which it could go, was deleted meanwhile.`,
    remedy: 'Run `lifeboat prune` again.',
  });
}
