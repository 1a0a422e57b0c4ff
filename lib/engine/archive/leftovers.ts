import { inParallel } from '../ground/in-parallel.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { attemptPrefix, type BackupPlace } from './keys.ts';
import type { ListOptions } from './listing.ts';

/** The folder of an attempt that is part of no backup. */
export interface LeftAttempt {
  readonly place: BackupPlace;
  readonly attempt: string;
}

export interface Leftover extends LeftAttempt {
  /** Null if it was not measured. */
  readonly objects: number | null;
  readonly storedBytes: number | null;
}

const LISTINGS_AT_ONCE = 8;
/** Two requests each. A vault with more has another problem, and `list` has to answer soon. */
const MOST_MEASURED = 50;

/** Says how much each attempt holds that no backup needs, for the newest 50 of them. */
export async function measureLeftovers(
  store: ObjectStore,
  attempts: readonly LeftAttempt[],
  options: ListOptions = {},
): Promise<Leftover[]> {
  const measured = await inParallel(attempts.slice(0, MOST_MEASURED), LISTINGS_AT_ONCE, async (left) => {
    const sizes = await sizesBelow(store, attemptPrefix(left.place, left.attempt), options);
    return { ...left, objects: sizes.length, storedBytes: sizes.reduce((sum, size) => sum + size, 0) };
  });
  const rest = attempts.slice(MOST_MEASURED).map((left) => ({ ...left, objects: null, storedBytes: null }));
  return [...measured, ...rest];
}

async function sizesBelow(store: ObjectStore, prefix: string, options: ListOptions): Promise<number[]> {
  const { objects, prefixes } = await store.list(prefix, options);
  const sizes = objects.map(({ sizeBytes }) => sizeBytes);
  for (const folder of prefixes) sizes.push(...(await sizesBelow(store, folder, options)));
  return sizes;
}
