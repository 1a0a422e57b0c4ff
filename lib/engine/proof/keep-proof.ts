import type { DrillReport } from '../archive/drill-report.ts';
import { type BackupPlace, proofKey } from '../archive/keys.ts';
import { formatSealedJson } from '../archive/sealed-json.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { ObjectExistsError, type ObjectStore } from '../storage/object-store.ts';

interface ProofKeeper {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly observer?: Observer;
}

/**
 * Stores the report of a passed drill beside the manifest, if there is no proof yet. A drill with read-only
 * access proves just as much: if its proof cannot be stored, that is a notice and not a failure.
 */
export async function keepProof({ store, place, observer }: ProofKeeper, report: DrillReport): Promise<void> {
  try {
    await store.put(proofKey(place), formatSealedJson(report), {
      ifAbsent: true,
      contentType: 'application/json',
    });
  } catch (error) {
    // An earlier drill has proven this backup, and its proof stays.
    if (error instanceof ObjectExistsError) return;
    if (!(error instanceof LifeboatError) || error.code !== 'vault-access-denied') throw error;
    observer?.onNotice?.(`The proof was not kept in the vault: ${error.what}`);
  }
}
