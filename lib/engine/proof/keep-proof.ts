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
 * Keeps the report of a drill that passed beside the manifest, if there is no proof yet. A drill by somebody who may only
 * read proves as much: that its proof could not be kept is told, and no failure.
 */
export async function keepProof({ store, place, observer }: ProofKeeper, report: DrillReport): Promise<void> {
  try {
    await store.put(proofKey(place), formatSealedJson(report), {
      ifAbsent: true,
      contentType: 'application/json',
    });
  } catch (error) {
    // An earlier drill has proven this backup; its proof stands.
    if (error instanceof ObjectExistsError) return;
    if (!(error instanceof LifeboatError) || error.code !== 'vault-access-denied') throw error;
    observer?.onNotice?.(`The proof was not kept in the vault: ${error.what}`);
  }
}
