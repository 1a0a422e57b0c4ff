import type { Attempt } from '../archive/attempt.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import type { Observer } from '../ground/progress.ts';
import type { Coordinator } from '../snapshot/coordinator.ts';
import type { SnapshotGuard } from '../snapshot/guard-snapshot.ts';
import type { NewestState } from '../snapshot/newest-state.ts';
import { asChangedSchema, refuseChangedSchema } from '../snapshot/refuse-changed-schema.ts';
import { type Catalog, type CatalogOptions, readCatalog } from './read-catalog.ts';
import { writeCatalog } from './write-catalog.ts';

export interface UnchangedCatalogOptions extends CatalogOptions {
  readonly newest: NewestState;
  readonly guard: SnapshotGuard;
  readonly attempt: Attempt;
  readonly observer?: Observer | undefined;
}

/**
 * Reads the catalog under the coordinator's snapshot, writes it, and makes sure that it did not change while
 * pg_dump read it. A second session reads it again while the files are written; if it has changed, these
 * files belong to no backup.
 */
export async function readUnchangedCatalog(
  coordinator: Coordinator,
  { newest, guard, attempt, observer, ...options }: UnchangedCatalogOptions,
): Promise<Catalog> {
  const { snapshot, standby } = coordinator;
  const lookAgain = async (fingerprint: Fingerprint) => {
    const before = { fingerprint, snapshot, standby };
    await refuseChangedSchema(before, await newest.session(), options.omissions);
  };
  const catalog = await readCatalog(coordinator, { ...options, newest, lookAgain }).catch(
    (error: unknown) => {
      throw asChangedSchema(error);
    },
  );
  for (const warning of catalog.warnings) observer?.onNotice?.(warning);
  await guard.bothOrNeither(
    lookAgain(catalog.fingerprint),
    writeCatalog(attempt, catalog, coordinator.query),
  );
  return catalog;
}
