import { type BackupPlace, backupPrefix, proofKey, timeOfId } from '../archive/keys.ts';
import type { ListOptions } from '../archive/listing.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { ObjectMissingError, type ObjectStore, type ObjectSummary } from '../storage/object-store.ts';
import type { Anchors } from './anchors.ts';
import { isDue, type KeptDays } from './expiry.ts';
import type { ExpiryMarks } from './expiry-marks.ts';

export interface SweepRequest {
  readonly store: ObjectStore;
  readonly marks: ExpiryMarks;
  /** A folder without a manifest: of a backup whose manifest has expired, or of attempts that never finished. */
  readonly place: BackupPlace;
  readonly days: KeptDays;
  readonly anchors: Anchors;
  readonly now: Date;
  readonly options: ListOptions;
}

/**
 * Requests that run at the same time. S3 takes 3,500 PUTs a second below one prefix (Amazon S3 User Guide, "Best
 * practices design patterns: optimizing Amazon S3 performance"), and the client has 50 connections.
 */
const MARKS_AT_ONCE = 32;

/**
 * Marks everything in the folder, with all attempts, and says how many objects. It marks nothing while the folder is
 * younger than its class keeps, while nothing newer is proven, or if its first object is on hold (`held`).
 *
 * One object is marked last: the proof if there is one. If it is marked, an earlier run has marked all the others, and
 * S3 takes its time. A proof is younger than the rest of its folder, so it may also outlive the rest.
 */
export async function sweepFolder(request: SweepRequest): Promise<number | 'held'> {
  const { store, marks, place, days, anchors, now, options } = request;
  const objects = await objectsBelow(store, backupPrefix(place), options);
  // A manifest that appeared since the listing: this is a backup.
  if (objects.some(({ key }) => key === `${backupPrefix(place)}manifest.json`)) return 0;
  const attempts = objects.filter(({ key }) => key !== proofKey(place));
  const keptSince = newestOf(attempts.length > 0 ? attempts : objects);
  if (!keptSince) return 0;
  const moment = Math.min(momentOfId(place), keptSince.getTime());
  if (!isDue({ ...place, moment, keptSince }, days, anchors, now)) return 0;
  const [first, ...others] = [...objects].sort(
    (left, right) => Number(right.key === proofKey(place)) - Number(left.key === proofKey(place)),
  );
  if (!first || (await marks.isMarked(first.key, options))) return 0;
  if (await marks.isHeld((others[0] ?? first).key, options)) return 'held';
  await inParallel(others, MARKS_AT_ONCE, ({ key }) => unlessGone(() => marks.mark(key, options)));
  await unlessGone(() => marks.mark(first.key, options));
  return objects.length;
}

function momentOfId({ backupId }: BackupPlace): number {
  const moment = timeOfId(backupId).getTime();
  return Number.isNaN(moment) ? Number.POSITIVE_INFINITY : moment;
}

async function unlessGone(mark: () => Promise<void>): Promise<void> {
  await mark().catch((error: unknown) => {
    if (!(error instanceof ObjectMissingError)) throw error;
  });
}

function newestOf(objects: readonly ObjectSummary[]): Date | undefined {
  const times = objects.map(({ lastModified }) => lastModified.getTime());
  return times.length > 0 ? new Date(times.reduce((a, b) => Math.max(a, b))) : undefined;
}

async function objectsBelow(
  store: ObjectStore,
  prefix: string,
  options: ListOptions,
): Promise<ObjectSummary[]> {
  const { objects, prefixes } = await store.list(prefix, options);
  const below: ObjectSummary[] = [...objects];
  for (const folder of prefixes) below.push(...(await objectsBelow(store, folder, options)));
  return below;
}
