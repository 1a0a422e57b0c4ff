import type { ListOptions } from '../../archive/listing.ts';
import { inParallel } from '../../ground/in-parallel.ts';
import { ObjectMissingError } from '../../storage/object-store.ts';
import type { ExpiryMarks } from '../expiry-marks.ts';

/** As many as `sweepFolder` marks at the same time. */
const MARKS_AT_ONCE = 32;

/**
 * Marks objects in their order, batch by batch, and says how many it found unmarked. So those that earlier runs have
 * marked are always the first, save some of one batch that was cut: their end is found by halving, with a few questions
 * for thousands of objects, and the batch before it is marked again.
 */
export async function markInOrder(
  marks: ExpiryMarks,
  keys: readonly string[],
  options: ListOptions,
): Promise<number> {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isMarkedOrGone(marks, keys[middle] as string, options)) low = middle + 1;
    else high = middle;
  }
  if (low === keys.length) return 0;
  for (let at = Math.max(0, low - MARKS_AT_ONCE); at < keys.length; at += MARKS_AT_ONCE) {
    options.signal?.throwIfAborted();
    const batch = keys.slice(at, at + MARKS_AT_ONCE);
    await inParallel(batch, MARKS_AT_ONCE, (key) => unlessGone(() => marks.mark(key, options)));
  }
  return keys.length - low;
}

async function isMarkedOrGone(marks: ExpiryMarks, key: string, options: ListOptions): Promise<boolean> {
  let isMarked = true;
  await unlessGone(async () => {
    isMarked = await marks.isMarked(key, options);
  });
  return isMarked;
}

async function unlessGone(ask: () => Promise<void>): Promise<void> {
  await ask().catch((error: unknown) => {
    if (!(error instanceof ObjectMissingError)) throw error;
  });
}
