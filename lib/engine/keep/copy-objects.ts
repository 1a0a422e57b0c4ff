import { StoredBytes } from '../archive/codec/stored-bytes.ts';
import { attemptPrefix, type BackupPlace } from '../archive/keys.ts';
import type { Manifest, StoredObject } from '../archive/manifest.ts';
import { storedObjects } from '../archive/stored-objects.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { type GetOptions, ObjectExistsError, type ObjectStore } from '../storage/object-store.ts';
import { checkStoredBytes } from '../verify/check-object.ts';
import { objectDiffers } from './copy-failures.ts';

export interface CopyProgress {
  readonly objects: number;
  readonly objectsDone: number;
  readonly storedBytes: number;
  readonly storedBytesDone: number;
}

/** What became of the objects of one backup. */
export interface CopiedObjects {
  readonly objectsCopied: number;
  readonly bytesCopied: number;
  /** Objects that an earlier copy had left at the target. They were read there and are right. */
  readonly objectsFound: number;
}

export interface ObjectsToCopy {
  readonly from: ObjectStore;
  readonly to: ObjectStore;
  readonly place: BackupPlace;
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
  /** Objects that are copied at the same time. */
  readonly jobs: number;
  /** Called for each piece. It must be quick and must not throw. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
}

/** An object at the origin is not what the manifest says. `problem` completes the sentence "this object …". */
export class DamagedObject extends Error {
  readonly key: string;
  readonly problem: string;
  constructor(key: string, problem: string) {
    super(`${key} ${problem}`);
    this.key = key;
    this.problem = problem;
  }
}

/**
 * Copies every object that the manifest names, the largest first, so that no large one is left for the end.
 * Holds a few pieces of each object. Throws {@link DamagedObject}, `copy-object-differs`, and the stores'
 * errors; objects that were copied until then stay.
 */
export async function copyObjects(request: ObjectsToCopy): Promise<CopiedObjects> {
  const { to, manifest, place, jobs, onProgress } = request;
  // The first failure ends the other transfers: they may be large, and nothing would be sealed after them.
  const failed = new AbortController();
  const signal = AbortSignal.any([request.signal, failed.signal]);
  const objects = storedObjects(manifest).sort((a, b) => b.sizeBytes - a.sizeBytes);
  const there = await sizesBelow(to, attemptPrefix(place, manifest.attempt), { signal });
  const storedBytes = objects.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  let objectsDone = 0;
  let storedBytesDone = 0;
  let bytesCopied = 0;
  const onPiece = (sizeBytes: number) => {
    storedBytesDone += sizeBytes;
    onProgress?.({ objects: objects.length, objectsDone, storedBytes, storedBytesDone });
  };
  const outcomes = await inParallel(objects, jobs, async (object) => {
    signal.throwIfAborted();
    const copying = copyObject({ ...request, signal }, object, there.get(object.key), onPiece);
    const outcome = await copying.catch((failure: unknown) => {
      failed.abort(failure);
      throw failure;
    });
    objectsDone += 1;
    if (outcome === 'copied') bytesCopied += object.sizeBytes;
    onPiece(0);
    return outcome;
  });
  const objectsCopied = outcomes.filter((outcome) => outcome === 'copied').length;
  return { objectsCopied, bytesCopied, objectsFound: objects.length - objectsCopied };
}

/** Copies one object, or reads the one that is there. Throws as {@link copyObjects} does. */
export async function copyObject(
  { from, to, signal }: Pick<ObjectsToCopy, 'from' | 'to' | 'signal'>,
  object: StoredObject,
  sizeThere: number | undefined,
  onPiece: (sizeBytes: number) => void = () => {},
): Promise<'copied' | 'found'> {
  if (sizeThere !== undefined) {
    await assertSame(to, object, sizeThere, signal, onPiece);
    return 'found';
  }
  try {
    await to.upload(object.key, checkedPieces(from, object, signal, onPiece), { signal });
    return 'copied';
  } catch (error) {
    if (!(error instanceof ObjectExistsError)) throw error;
    // Another copy of the same backup was quicker.
    await assertSame(to, object, undefined, signal);
    return 'found';
  }
}

/** Ends only if all bytes are those of the manifest: a store completes an object only after its body ended. */
async function* checkedPieces(
  from: ObjectStore,
  object: StoredObject,
  signal: AbortSignal,
  onPiece: (sizeBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const reading = new StoredBytes(from, object, signal);
  let failure: unknown;
  try {
    for await (const piece of reading.pieces()) {
      onPiece(piece.length);
      yield piece;
    }
  } catch (error) {
    failure = error;
  }
  const { verdict, problem = '' } = reading.verdict();
  if (verdict === 'damaged') throw new DamagedObject(object.key, problem);
  if (failure !== undefined) throw failure;
}

/**
 * Reads an object at the target and compares it. Its size alone would not tell: a disk may have lost bytes in
 * the middle, and this copy would seal them.
 */
async function assertSame(
  to: ObjectStore,
  object: StoredObject,
  sizeBytes: number | undefined,
  signal: AbortSignal,
  onPiece: (sizeBytes: number) => void = () => {},
): Promise<void> {
  if (sizeBytes !== undefined && sizeBytes !== object.sizeBytes) {
    throw objectDiffers(to, object.key, `has ${sizeBytes} bytes instead of ${object.sizeBytes}`);
  }
  const check = await checkStoredBytes(to, object, { signal, onPiece: (piece) => onPiece(piece.length) });
  if (check.verdict === 'damaged') throw objectDiffers(to, object.key, check.problem ?? 'differs');
  if (check.cause !== undefined) throw check.cause;
}

/** The sizes of all objects below a folder, by key. */
async function sizesBelow(
  store: ObjectStore,
  prefix: string,
  options: GetOptions,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const folders = [prefix];
  for (const folder of folders) {
    const { objects, prefixes } = await store.list(folder, options);
    for (const { key, sizeBytes } of objects) sizes.set(key, sizeBytes);
    folders.push(...prefixes);
  }
  return sizes;
}
