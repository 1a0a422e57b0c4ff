import { createHash } from 'node:crypto';
import type { DrillReport } from '../archive/drill-report.ts';
import { type BackupPlace, proofKey } from '../archive/keys.ts';
import { readProof } from '../archive/read-proof.ts';
import { formatSealedJson } from '../archive/sealed-json.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import { lockedStore } from '../storage/locked-store.ts';
import { ObjectExistsError, type ObjectStore } from '../storage/object-store.ts';
import type { LockOrder } from '../storage/retention.ts';

export interface ProofKeeper {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly lock?: LockOrder;
  readonly observer?: Observer;
}

/**
 * Stores the report of a passed drill beside the manifest, if there is no proof yet. A drill with read-only
 * access proves just as much: if its proof cannot be stored, that is a notice and not a failure. Returns the SHA-256 of
 * the file if this report is the proof.
 */
export async function keepProof(
  { store, place, lock, observer }: ProofKeeper,
  report: DrillReport,
): Promise<string | undefined> {
  try {
    const file = formatSealedJson(report);
    await lockedStore(store, lock, new Date()).put(proofKey(place), file, {
      contentType: 'application/json',
    });
    return createHash('sha256').update(file).digest('hex');
  } catch (error) {
    if (error instanceof ObjectExistsError) {
      // The proof of an earlier drill stays, if it is one.
      const there = await readProof(store, place, report.manifestSha256, {});
      if (there !== undefined && there.report === undefined)
        observer?.onNotice?.(doesNotCount(place, there.problem));
      return undefined;
    }
    if (!(error instanceof LifeboatError) || error.code !== 'vault-access-denied') throw error;
    observer?.onNotice?.(`The proof was not kept in the vault: ${error.what}`);
    return undefined;
  }
}

function doesNotCount(place: BackupPlace, problem: string): string {
  return `${proofKey(place)} is in the vault already and does not count as a proof, because it ${problem}. Lifeboat overwrites nothing, so \`lifeboat list\` still calls this backup unproven: remove that file, and run the drill again.`;
}
