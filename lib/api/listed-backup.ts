import { isReplica } from '../engine/archive/arrival.ts';
import type { BackupPlace } from '../engine/archive/keys.ts';
import { nameOfBackup, type SealedBackup } from '../engine/archive/listing.ts';
import type { Manifest } from '../engine/archive/manifest.ts';
import { missingObjects, nameMissing } from '../engine/archive/missing-objects.ts';
import { readManifestFile } from '../engine/archive/read-manifest.ts';
import { readProof } from '../engine/archive/read-proof.ts';
import { storedObjects } from '../engine/archive/stored-objects.ts';
import { LifeboatError } from '../engine/ground/errors.ts';
import type { ObjectStore } from '../engine/storage/object-store.ts';
import { type BackupSummary, summaryOf } from '../present/json/backup-summary.ts';

/** A backup of the vault itself is looked at for this long: it was sealed when all was there. */
export const LOOKED_AT_MS = 2 * 24 * 3_600_000;

/** Whose objects are looked for. That costs a listing for each folder of a backup. */
export interface LookAt {
  /** S3 may never have brought an object to a replica, so there every backup is looked at. */
  readonly isReplica: boolean;
  /** In milliseconds: backups sealed since then are looked at. */
  readonly since: number;
}

/** What a list says of one backup. */
export interface ListedContents {
  /** Undefined if the manifest cannot be read. */
  readonly summary: BackupSummary | undefined;
  readonly attempt: string | null;
  readonly proven: boolean;
  readonly problem: string | null;
  readonly problemCode: string | null;
}

/** A damaged manifest is a line of the list, and does not end it: the other backups matter most then. */
export async function readListed(
  store: ObjectStore,
  sealed: SealedBackup,
  looks: LookAt,
  signal: AbortSignal,
): Promise<ListedContents> {
  const { place, hasProof, sealedAt } = sealed;
  try {
    const { manifest, sha256 } = await readManifestFile(store, place, { signal });
    const proof = hasProof ? await readProof(store, place, sha256, { signal }) : undefined;
    const isLookedAt = looks.isReplica || sealedAt.getTime() >= looks.since;
    const problem = isLookedAt ? await lacking(store, place, manifest, signal) : WHOLE;
    return {
      summary: summaryOf(place, manifest),
      attempt: manifest.attempt,
      // A drill has proven what is no longer there.
      proven: proof?.report !== undefined && problem.problemCode === null,
      ...problem,
    };
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
    return {
      summary: undefined,
      attempt: null,
      proven: false,
      problem: error.what,
      problemCode: error.code,
    };
  }
}

const WHOLE = { problem: null, problemCode: null };

/** What a backup whose manifest is right lacks. */
async function lacking(store: ObjectStore, place: BackupPlace, manifest: Manifest, signal: AbortSignal) {
  const objects = storedObjects(manifest);
  const missing = await missingObjects(store, objects, { signal });
  if (missing.length === 0) return WHOLE;
  const arrives = await isReplica(store, place, { signal });
  const lacks = `${missing.length} of ${objects.length} objects`;
  return {
    problem: arrives
      ? `${nameOfBackup(place)} is no backup yet: ${lacks} have not arrived, ${nameMissing(missing)}.`
      : `${nameOfBackup(place)} lacks ${lacks}: ${nameMissing(missing)}.`,
    problemCode: arrives ? 'backup-arriving' : 'backup-incomplete',
  };
}
