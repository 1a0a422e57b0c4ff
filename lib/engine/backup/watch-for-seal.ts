import { type BackupPlace, manifestKey } from '../archive/keys.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** How often a run looks whether another one has sealed the same backup. */
const LOOK_EVERY_MS = 30_000;

/** Another run sealed the backup while this one was at work. What this one would write nobody would use. */
export class SealedMeanwhileError extends LifeboatError {
  constructor(place: BackupPlace) {
    super({
      code: 'backup-already-sealed',
      kind: 'vault',
      what: `Another run has sealed ${manifestKey(place)}.`,
      meaning: 'The slot is backed up. This run has stopped, and its objects are part of no backup.',
    });
    this.name = 'SealedMeanwhileError';
  }
}

/**
 * Whether the backup exists, for a slot that was delivered twice. S3 denies a role that may write but not list,
 * instead of answering "no such object" (S3 API reference, HeadObject); then the conditional seal decides.
 */
export async function isSealed(
  store: ObjectStore,
  place: BackupPlace,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return (await store.head(manifestKey(place), signal ? { signal } : {})) !== undefined;
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'vault-access-denied') return false;
    throw error;
  }
}

/**
 * Looks every half minute whether another run has sealed the backup, and reports that once. A vault that does not
 * answer this question ends nothing: the writes will tell. Returns a function that ends the watch.
 */
export function watchForSeal(
  store: ObjectStore,
  place: BackupPlace,
  onSealed: (error: SealedMeanwhileError) => void,
  everyMs = LOOK_EVERY_MS,
): () => void {
  const stop = new AbortController();
  const timer = setInterval(async () => {
    const sealed = await isSealed(store, place, stop.signal).catch(() => false);
    if (!sealed || stop.signal.aborted) return;
    clearInterval(timer);
    onSealed(new SealedMeanwhileError(place));
  }, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    stop.abort();
  };
}
