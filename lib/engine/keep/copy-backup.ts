import { checkArrived } from '../archive/arrival.ts';
import { type BackupPlace, manifestKey, proofKey } from '../archive/keys.ts';
import { type ManifestFile, readManifestFile } from '../archive/read-manifest.ts';
import { readProof } from '../archive/read-proof.ts';
import { storedObjects } from '../archive/stored-objects.ts';
import { LifeboatError } from '../ground/errors.ts';
import {
  ObjectExistsError,
  ObjectMissingError,
  type ObjectStore,
  readObject,
} from '../storage/object-store.ts';
import { inconsistencies } from '../verify/check-manifest.ts';
import { manifestDiffers, originDamaged } from './copy-failures.ts';
import { type CopiedObjects, type CopyProgress, copyObjects, DamagedObject } from './copy-objects.ts';

export interface CopyRequest {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
  readonly place: BackupPlace;
  readonly signal: AbortSignal;
  /** Objects that are copied at the same time. @default 4 */
  readonly jobs?: number;
  readonly onProgress?: (progress: CopyProgress) => void;
}

export interface CopyReport extends CopiedObjects {
  readonly place: BackupPlace;
  /** `already-there`: the target had sealed the same backup before. */
  readonly outcome: 'copied' | 'already-there';
  /** `none`: no proof at the origin counts. `already-there`: the target has a proof.json, perhaps its own. */
  readonly proof: 'copied' | 'already-there' | 'none';
  /** What the manifest says. */
  readonly objects: number;
  readonly storedBytes: number;
  readonly durationMs: number;
}

const OBJECTS_AT_ONCE = 4;
const NOTHING_COPIED: CopiedObjects = { objectsCopied: 0, bytesCopied: 0, objectsFound: 0 };

/**
 * Copies a sealed backup into another vault, below the same keys: every object once, with its size and SHA-256
 * checked on the way; then the manifest, byte for byte; then the proof. What a cut has left at the target is
 * read there and not sent again. Nothing is ever overwritten.
 *
 * Throws `backup-arriving` of a replica, `copy-origin-damaged`, `copy-object-differs`, `copy-manifest-differs`, the stores' errors and the
 * signal's reason. Nothing was sealed then, unless only the proof could not be written.
 */
export async function copyBackup(request: CopyRequest): Promise<CopyReport> {
  const started = performance.now();
  const { from, to, place, signal } = request;
  try {
    const origin = await readOrigin(request);
    await checkArrived(from, place, { signal });
    const isThere = await isSealedAlready(request, origin.bytes);
    const copied = isThere ? NOTHING_COPIED : await copyAndSeal(request, origin);
    const proof = await copyProof(request, origin);
    return {
      place,
      outcome: isThere ? 'already-there' : 'copied',
      ...copied,
      proof,
      objects: storedObjects(origin.manifest).length,
      storedBytes: origin.manifest.totals.storedBytes,
      durationMs: Math.round(performance.now() - started),
    };
  } catch (error) {
    if (error instanceof DamagedObject) throw await originDamaged(from, to, place, error.message, { signal });
    throw error;
  }
}

/** Reads the manifest. One that contradicts itself is not copied. */
async function readOrigin({ from, to, place, signal }: CopyRequest): Promise<ManifestFile> {
  let problem: string | undefined;
  try {
    const origin = await readManifestFile(from, place, { signal });
    const [contradiction] = inconsistencies(origin.manifest);
    if (!contradiction) return origin;
    problem = `${contradiction.name} ${contradiction.problem}`;
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
    // This one is not damaged: another version of Lifeboat can copy it.
    if (error.code === 'manifest-too-new') throw error;
    problem = error.what.replace(/\.$/, '');
  }
  throw await originDamaged(from, to, place, problem, { signal });
}

/** Whether the target has sealed this very backup. Throws `copy-manifest-differs` if it is another one. */
async function isSealedAlready({ from, to, place, signal }: CopyRequest, bytes: Buffer): Promise<boolean> {
  try {
    const there = await readObject(to, manifestKey(place), { signal });
    if (there.equals(bytes)) return true;
  } catch (error) {
    if (error instanceof ObjectMissingError) return false;
    throw error;
  }
  throw manifestDiffers(from, to, place);
}

async function copyAndSeal(request: CopyRequest, { manifest, bytes }: ManifestFile): Promise<CopiedObjects> {
  const { from, to, place, signal, jobs = OBJECTS_AT_ONCE, onProgress } = request;
  const copied = await copyObjects({ from, to, place, manifest, signal, jobs, onProgress });
  signal.throwIfAborted();
  try {
    await to.put(manifestKey(place), bytes, { contentType: 'application/json', signal });
  } catch (error) {
    // Another copy of the same backup sealed it first, or a retry inside the store finds its own first try.
    if (!(error instanceof ObjectExistsError) || !(await isSealedAlready(request, bytes))) throw error;
  }
  return copied;
}

/** Copies the proof if it counts and the target has none: a drill of the copy may have put its own there. */
async function copyProof(
  { from, to, place, signal }: CopyRequest,
  { sha256 }: ManifestFile,
): Promise<CopyReport['proof']> {
  const proof = await readProof(from, place, sha256, { signal });
  if (proof?.report === undefined) return 'none';
  if (await to.head(proofKey(place), { signal })) return 'already-there';
  try {
    await to.put(proofKey(place), proof.bytes, { contentType: 'application/json', signal });
    return 'copied';
  } catch (error) {
    if (error instanceof ObjectExistsError) return 'already-there';
    throw error;
  }
}
