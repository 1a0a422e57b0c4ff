import { incompleteBackup } from '../../archive/incomplete-backup.ts';
import { missingObjects } from '../../archive/missing-objects.ts';
import { objectsOf } from '../../archive/stored-objects.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { RestorePlan } from './restore-plan.ts';

/**
 * Throws `backup-incomplete` if an object that the plan loads is not in the vault, or has another size: better
 * before the first change than in the middle of a restore. Objects of other tables may be missing, so that what
 * is whole can be saved. A resumed restore has made its changes, and says by itself what it lacks.
 */
export async function checkObjects(
  store: ObjectStore,
  plan: RestorePlan,
  signal: AbortSignal,
): Promise<void> {
  if (plan.resumes) return;
  const { place, manifest } = plan.backup;
  const needed = [
    ...plan.tables.flatMap(({ chunks }) => chunks),
    ...(plan.largeObjects ? manifest.largeObjects.chunks : []),
  ];
  const missing = await missingObjects(store, objectsOf(needed), { signal });
  if (missing.length > 0) throw await incompleteBackup(store, place, missing, { signal });
}
