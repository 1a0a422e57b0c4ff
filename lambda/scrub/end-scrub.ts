import { writeScrubRecord } from '../../lib/engine/archive/scrub-record.ts';
import { type ScrubTotals, writeScrubSummary } from '../../lib/engine/archive/scrub-summary.ts';
import { inParallel } from '../../lib/engine/ground/in-parallel.ts';
import {
  findingsOf,
  type JudgedBackup,
  judgeBackups,
  withoutExpired,
} from '../../lib/engine/scrub/judge-backups.ts';
import type { ListedForScrub } from '../../lib/engine/scrub/list-backups-to-scrub.ts';
import { totalsOf } from '../../lib/engine/scrub/total-scrub.ts';
import { type ObjectStore, readObject } from '../../lib/engine/storage/object-store.ts';
import { outcomesOf } from './map-results.ts';
import type { ScrubEndEvent } from './scrub-events.ts';

export interface ScrubEnd {
  readonly backups: readonly JudgedBackup[];
  /** Undefined if the scrub could not even begin. */
  readonly totals: ScrubTotals | undefined;
  /** Why it broke off. */
  readonly failure: string | undefined;
}

export interface ScrubToEnd {
  readonly store: ObjectStore;
  readonly workStore: ObjectStore;
  readonly event: ScrubEndEvent;
  readonly signal: AbortSignal;
}

const WRITES_AT_ONCE = 8;

/**
 * Judges each backup and writes the records, then the summary. A scrub that could not begin writes nothing: for the
 * sentinel it has not ended.
 */
export async function endScrub({ store, workStore, event, signal }: ScrubToEnd): Promise<ScrubEnd> {
  const { list, results, failure } = event.state;
  const broken = failure && `${failure.Error}: ${failure.Cause}`.slice(0, 1000);
  if (!list) return { backups: [], totals: undefined, failure: broken ?? 'There is no list of objects.' };
  const listed = JSON.parse(
    (await readObject(workStore, `${list.folder}backups.json`, { signal })).toString(),
  ) as ListedForScrub[];
  const judged = await judgeBackups(listed, outcomesOf(workStore, results?.key, { signal }));
  const { there, gone } = await withoutExpired(store, judged, { signal });
  const times = { startedAt: new Date(event.startedAt), endedAt: new Date() };
  await inParallel(there, WRITES_AT_ONCE, (backup) =>
    writeScrubRecord(store, backup.place, findingsOf(backup, times, false), { signal }),
  );
  const totals = totalsOf(there, gone.length);
  if (broken === undefined) await writeScrubSummary(store, times, totals, { signal });
  return { backups: there, totals, failure: broken };
}
