import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import { type ListOptions, momentOf, nameOfBackup, type SealedBackup } from '../archive/listing.ts';
import { readManifestFile } from '../archive/read-manifest.ts';
import { readProof } from '../archive/read-proof.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Anchor } from './anchors.ts';
import type { ExpiryMarks } from './expiry-marks.ts';

export interface AnchorSearch {
  readonly store: ObjectStore;
  /** Of one source, newest first. */
  readonly backups: readonly SealedBackup[];
  /** Whether a sealed full backup counts, because the stack says that nobody drills this source. */
  readonly isUndrilled: boolean;
  /** @default nothing is marked in the vault */
  readonly marks?: ExpiryMarks | undefined;
  readonly options: ListOptions;
  /** Takes a sentence about each manifest and proof that does not count. */
  readonly onProblem?: (problem: string) => void;
}

/**
 * Finds the newest backup of a source that counts, as the sentinel does: full, with a proof that is valid for its
 * manifest. A manifest or a proof that cannot be trusted does not count, and the search goes on with the next. Neither
 * does a backup that is marked: it goes, so nothing may go because of it. Throws
 * what the store throws, because a failed request says nothing about a backup.
 */
export async function findAnchor(search: AnchorSearch): Promise<Anchor | undefined> {
  const { backups, isUndrilled } = search;
  for (const { place, sealedAt, hasProof } of backups) {
    if (!isUndrilled && !hasProof) continue;
    if (!(await counts(search, place))) continue;
    if (!(await search.marks?.isMarked(manifestKey(place), search.options)))
      return { place, moment: momentOf(place, sealedAt) };
  }
  return undefined;
}

async function counts(search: AnchorSearch, place: BackupPlace): Promise<boolean> {
  const { store, isUndrilled, options, onProblem } = search;
  try {
    const { manifest, sha256 } = await readManifestFile(store, place, options);
    if (manifest.scope !== 'full') return false;
    if (isUndrilled) return true;
    const proof = await readProof(store, place, sha256, options);
    if (proof?.report) return true;
    if (proof) onProblem?.(`The proof of ${nameOfBackup(place)} does not count: it ${proof.problem}.`);
    return false;
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    // The manifest expired between the listing and the reading.
    if (error.code === 'backup-unfinished') return false;
    if (error.kind !== 'verification') throw error;
    onProblem?.(`${nameOfBackup(place)} does not count as a backup: ${error.what}`);
    return false;
  }
}
