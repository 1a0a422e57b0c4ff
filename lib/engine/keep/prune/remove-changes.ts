import type { ListOptions } from '../../archive/listing.ts';
import type { ObjectDeletion } from '../../storage/object-deletion.ts';
import type { UnneededChanges } from '../changes/unneeded-changes.ts';

export interface RemovedChanges extends Pick<UnneededChanges, 'source' | 'epoch' | 'why'> {
  readonly objects: number;
  readonly storedBytes: number;
}

/** One after the other, in their order: a run that is cut leaves a log without a gap, and the next run goes on. */
export async function removeChanges(
  deletion: ObjectDeletion,
  { source, epoch, why, objects }: UnneededChanges,
  options: ListOptions,
): Promise<RemovedChanges> {
  let removed = 0;
  let storedBytes = 0;
  for (const { key, sizeBytes } of objects) {
    options.signal?.throwIfAborted();
    if ((await deletion.remove(key, options)) === 'gone') continue;
    removed += 1;
    storedBytes += sizeBytes;
  }
  return { source, epoch, why, objects: removed, storedBytes };
}
