import type { ObjectCheck } from '../archive/codec/stored-bytes.ts';
import type { StoredObject } from '../archive/manifest.ts';
import { inParallel } from '../ground/in-parallel.ts';
import type { CheckedObject } from './verification-items.ts';

export interface VerificationProgress {
  readonly objects: number;
  readonly objectsDone: number;
  readonly storedBytes: number;
  readonly storedBytesDone: number;
}

export interface ObjectsOptions {
  readonly signal?: AbortSignal;
  /** Called after each object. It must be quick and must not throw. */
  readonly onProgress?: (progress: VerificationProgress) => void;
  /** Objects that are read at the same time. @default 4 */
  readonly concurrency?: number;
}

const OBJECTS_AT_ONCE = 4;
/** After this many unreadable objects in a row the vault counts as unavailable. */
const UNREADABLE_IN_A_ROW = 10;

/**
 * Checks objects, the largest first, so that no large one is left for the end. Returns the results in the order of the
 * keys. Throws the store's error if the vault becomes unavailable, and the signal's reason.
 */
export async function checkEach<Stored extends StoredObject>(
  objects: readonly Stored[],
  { signal, onProgress, concurrency = OBJECTS_AT_ONCE }: ObjectsOptions,
  check: (object: Stored) => Promise<ObjectCheck>,
): Promise<CheckedObject[]> {
  const sorted = objects.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const storedBytes = objects.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  let objectsDone = 0;
  let storedBytesDone = 0;
  let unreadable = 0;
  const checked = await inParallel(sorted, concurrency, async (object) => {
    signal?.throwIfAborted();
    const found = await check(object);
    unreadable = found.verdict === 'unreadable' ? unreadable + 1 : 0;
    if (unreadable >= UNREADABLE_IN_A_ROW) throw found.cause;
    objectsDone += 1;
    storedBytesDone += object.sizeBytes;
    onProgress?.({ objects: objects.length, objectsDone, storedBytes, storedBytesDone });
    return { key: object.key, check: found };
  });
  return checked.sort((a, b) => (a.key < b.key ? -1 : 1));
}
