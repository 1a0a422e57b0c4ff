import type { BackupPlace } from '../archive/keys.ts';
import { type BackupFilter, listBackups, nameOfBackup, type SealedBackup } from '../archive/listing.ts';
import { momentShown } from '../archive/moment-shown.ts';
import { idsOf, isInWindow, type TimeWindow } from '../archive/time-window.ts';
import { LifeboatError } from '../ground/errors.ts';
import { inParallel } from '../ground/in-parallel.ts';
import { type CopyReport, type CopyRequest, copyBackup } from './copy-backup.ts';
import { concernsOneBackup } from './copy-failures.ts';

export interface MissingRequest extends Omit<CopyRequest, 'place' | 'onProgress'> {
  readonly filter?: BackupFilter;
  /** Only backups whose rows show a moment of this window. @default all */
  readonly window?: TimeWindow;
  /** Only this many of the newest backups of each source. @default all */
  readonly last?: number;
  /** Called before each backup that is not at the target; returns what follows its progress. */
  readonly onBackup?: (place: BackupPlace, number: number, total: number) => CopyRequest['onProgress'];
}

export type BackupCopy =
  | CopyReport
  | { readonly place: BackupPlace; readonly outcome: 'failed'; readonly failure: LifeboatError }
  /** The failure of another backup's copy concerned a whole vault: it is full, or refuses. */
  | { readonly place: BackupPlace; readonly outcome: 'not-tried' };

/** Concurrent comparisons of manifests. They wait and do not compute. */
const COMPARISONS_AT_ONCE = 8;

/**
 * Copies every sealed backup that the other vault lacks, newest first, and compares the manifests of those that
 * are there. A backup that is damaged, or has another one in its place, does not keep the others from being
 * copied. Any other failure ends the run: the reports say which backups were not tried.
 *
 * Throws the stores' errors if a vault cannot be listed, and the signal's reason.
 */
export async function copyMissing(request: MissingRequest): Promise<BackupCopy[]> {
  const { from, to, signal, last, window } = request;
  const filter = { ...request.filter, ...(window ? { ids: idsOf(window) } : {}) };
  const origin = await listBackups(from, filter, { signal });
  const target = await listBackups(to, filter, { signal });
  const there = new Set(target.backups.map(({ place }) => nameOfBackup(place)));
  const places = newestOfEach(await inWindow(request, origin.backups), last);
  const copies = new Map<string, BackupCopy>();
  let ended = false;
  const copy = async (place: BackupPlace, onProgress?: CopyRequest['onProgress']) => {
    if (ended) return;
    try {
      copies.set(
        nameOfBackup(place),
        await copyBackup({ ...request, place, ...(onProgress ? { onProgress } : {}) }),
      );
    } catch (failure) {
      signal.throwIfAborted();
      if (!(failure instanceof LifeboatError)) throw failure;
      copies.set(nameOfBackup(place), { place, outcome: 'failed', failure });
      ended ||= !concernsOneBackup(failure);
    }
  };
  const isThere = (place: BackupPlace) => there.has(nameOfBackup(place));
  const missing = places.filter((place) => !isThere(place));
  // The missing ones come first: the night's copy must not wait for the comparison of old ones.
  for (const [index, place] of missing.entries()) {
    await copy(place, request.onBackup?.(place, index + 1, missing.length));
  }
  await inParallel(places.filter(isThere), COMPARISONS_AT_ONCE, (place) => copy(place));
  return places.map((place) => copies.get(nameOfBackup(place)) ?? { place, outcome: 'not-tried' });
}

/** The backups of the window. One whose manifest cannot be read counts by its id, so that its damage is told. */
async function inWindow(
  { from, window, signal }: MissingRequest,
  backups: readonly SealedBackup[],
): Promise<BackupPlace[]> {
  const places = backups.map(({ place }) => place);
  if (!window) return places;
  const moments = await inParallel(backups, COMPARISONS_AT_ONCE, (backup) =>
    momentShown(from, backup, { signal }),
  );
  return places.filter((_, index) => isInWindow(moments[index] ?? Number.NaN, window));
}

/** The newest `last` backups of each source; the places are sorted, newest first. */
function newestOfEach(places: readonly BackupPlace[], last = Number.POSITIVE_INFINITY): BackupPlace[] {
  const taken = new Map<string, number>();
  return places.filter(({ source }) => {
    const count = (taken.get(source) ?? 0) + 1;
    taken.set(source, count);
    return count <= last;
  });
}
