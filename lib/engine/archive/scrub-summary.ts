import { LIFEBOAT_VERSION } from '../ground/version.ts';
import type { GetOptions, ObjectStore, ObjectSummary } from '../storage/object-store.ts';
import { SCRUBS_FOLDER, scrubSummaryKey } from './keys.ts';
import { putOnce } from './scrub-record.ts';

/** How a scrub of a whole vault ended. */
export interface ScrubTotals {
  readonly backups: number;
  readonly intact: number;
  readonly damaged: number;
  readonly unreadable: number;
  /** Backups that expired while the scrub ran. */
  readonly gone: number;
  readonly objects: number;
  readonly readBytes: number;
}

/** Writes the summary, after all records: the sentinel takes it as the end of a scrub. */
export async function writeScrubSummary(
  store: ObjectStore,
  { startedAt, endedAt }: { readonly startedAt: Date; readonly endedAt: Date },
  totals: ScrubTotals,
  options: GetOptions,
): Promise<void> {
  await putOnce(
    store,
    scrubSummaryKey(startedAt),
    {
      format: 1,
      vault: store.url,
      startedAt: startedAt.toISOString(),
      endedAt: endedAt.toISOString(),
      ...totals,
      lifeboatVersion: LIFEBOAT_VERSION,
    },
    options,
  );
}

/** When a scrub of the whole vault last ended, by the vault's clock; undefined if none has. */
export async function lastScrubEndedAt(store: ObjectStore, options: GetOptions): Promise<Date | undefined> {
  const { objects } = await store.list(SCRUBS_FOLDER, options);
  const ends = objects.filter(isSummary).map(({ lastModified }) => lastModified.getTime());
  // Not the last key: it comes from the clock of the machine that scrubbed.
  return ends.length === 0 ? undefined : new Date(Math.max(...ends));
}

export function isSummary({ key }: Pick<ObjectSummary, 'key'>): boolean {
  return /^scrubs\/\d{8}T[\d.]+Z\.json$/.test(key);
}
