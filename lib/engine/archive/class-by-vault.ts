import type { ScheduledClass } from '../../contract/retention-classes.ts';
import { weekNumber } from '../../schedule/local-date.ts';
import type { TimeZone } from '../../schedule/time-zone.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type BackupPlace, timeOfId } from './keys.ts';
import { backupFolders, type ListOptions } from './listing.ts';
import { readManifest } from './read-manifest.ts';

export interface NextBackup {
  readonly source: string;
  /** When it begins, or was planned to. */
  readonly at: Date;
  /** The zone whose months and weeks count. */
  readonly zone: TimeZone;
  /** The id of a slot: if it was backed up before, the class of then is the answer. */
  readonly slotId?: string | undefined;
  readonly schemaOnly: boolean;
}

const DAY_MS = 86_400_000;

/**
 * The class of the next backup by what the vault holds: monthly if there is no monthly one of this month, weekly if
 * there is neither a weekly nor a monthly one of this week (from Sunday), otherwise daily. So a night that failed is
 * made up for by the next one. A backup of the schema alone counts only for others of the schema alone. What cannot be
 * read counts for nothing.
 */
export async function classByVault(
  store: ObjectStore,
  next: NextBackup,
  options: ListOptions = {},
): Promise<ScheduledClass> {
  const { source, at, zone, slotId } = next;
  const date = zone.localDate(at);
  // A month and a day on both sides: more than the month and the week of any zone.
  const ids = { from: new Date(at.getTime() - 32 * DAY_MS), until: new Date(at.getTime() + 32 * DAY_MS) };
  const folders = await backupFolders(store, { source, ids }, options);
  const dateOf = (place: BackupPlace) => zone.localDate(timeOfId(place.backupId));
  const isThere = (places: readonly BackupPlace[]) => someCounts(store, places, next, options);
  for (const retentionClass of ['monthly', 'weekly', 'daily'] as const) {
    const same = folders.filter((one) => one.backupId === slotId && one.retentionClass === retentionClass);
    if (await isThere(same)) return retentionClass;
  }
  const ofClass = (...classes: readonly string[]) =>
    folders.filter(({ retentionClass }) => classes.includes(retentionClass));
  const ofMonth = ofClass('monthly').filter((place) => {
    const { year, month } = dateOf(place);
    return year === date.year && month === date.month;
  });
  if (!(await isThere(ofMonth))) return 'monthly';
  const ofWeek = ofClass('monthly', 'weekly').filter((one) => weekNumber(dateOf(one)) === weekNumber(date));
  return (await isThere(ofWeek)) ? 'daily' : 'weekly';
}

async function someCounts(
  store: ObjectStore,
  places: readonly BackupPlace[],
  { schemaOnly }: NextBackup,
  options: ListOptions,
): Promise<boolean> {
  for (const place of places) {
    try {
      const { scope } = await readManifest(store, place, options);
      if ((scope === 'schema-only') === schemaOnly) return true;
    } catch (error) {
      if (!(error instanceof LifeboatError)) throw error;
      if (error.code !== 'backup-unfinished' && error.kind !== 'verification') throw error;
    }
  }
  return false;
}
