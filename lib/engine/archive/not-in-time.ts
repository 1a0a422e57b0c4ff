import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { backupInTime, type ShownMoment } from './backup-in-time.ts';
import type { BackupPlace } from './keys.ts';
import { type ListOptions, nameOfBackup } from './listing.ts';
import type { TimeWindow } from './time-window.ts';

/** The error for a time of which no full backup is left. It names the nearest ones on both sides. */
export async function notInTime(
  store: ObjectStore,
  folders: readonly BackupPlace[],
  window: TimeWindow,
  options: ListOptions,
): Promise<LifeboatError> {
  const { earlier, later } = await nearest(store, folders, window, options);
  const near = [
    ...(earlier ? [`The newest one from before is ${shown(earlier)}.`] : []),
    ...(later
      ? [`The ${earlier ? 'next' : 'oldest'} one${earlier ? ' after that' : ''} is ${shown(later)}.`]
      : []),
  ];
  const source = folders[0]?.source;
  return new LifeboatError({
    code: 'backup-not-in-time',
    kind: 'vault',
    what: `No full backup of ${source} in ${store.url} shows a moment ${described(window)}.`,
    ...(near.length > 0 ? { meaning: near.join(' ') } : {}),
    remedy:
      '`lifeboat list --timeline` shows what there is of each day. Give another time, or name a backup by its id. If older backups were deleted, --deleted finds them while the bucket keeps their versions.',
  });
}

async function nearest(
  store: ObjectStore,
  folders: readonly BackupPlace[],
  { before, since, at }: TimeWindow,
  options: ListOptions,
): Promise<{ readonly earlier?: ShownMoment | undefined; readonly later?: ShownMoment | undefined }> {
  const start = since ?? before ?? at;
  const earlier = start && (await unlessUntrusted(backupInTime(store, folders, { before: start }, options)));
  if (earlier) return { earlier, later: earlier.next };
  // Nothing is older, so the oldest of all is the next one.
  const found = await oldest(store, folders, options);
  return { later: found };
}

/** The oldest full backup that can be read, of folders that are sorted with the newest first. */
async function oldest(
  store: ObjectStore,
  folders: readonly BackupPlace[],
  options: ListOptions,
): Promise<ShownMoment | undefined> {
  for (const place of folders.toReversed()) {
    const found = await unlessUntrusted(backupInTime(store, [place], {}, options));
    if (found) return found;
  }
  return undefined;
}

/** A damaged manifest is no neighbour to name. */
async function unlessUntrusted<T>(search: Promise<T>): Promise<T | undefined> {
  try {
    return await search;
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.kind !== 'verification') throw error;
    return undefined;
  }
}

function described({ before, since, at }: TimeWindow): string {
  if (at) return `at or before ${shortly(at)}`;
  if (before && since) return `from ${shortly(since)} to before ${shortly(before)}`;
  return before ? `before ${shortly(before)}` : `since ${shortly(since ?? new Date(0))}`;
}

function shown({ place, snapshotAt }: ShownMoment): string {
  return `${nameOfBackup(place)}, which shows ${shortly(snapshotAt)}`;
}

function shortly(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
