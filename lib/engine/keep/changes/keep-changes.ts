import { DEFAULT_KEPT_CHANGES_DAYS } from '../../../contract/point-in-time.ts';
import { manifestKey } from '../../archive/keys.ts';
import { type ListOptions, nameOfBackup, type SealedBackup } from '../../archive/listing.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { ExpiryMarks } from '../expiry-marks.ts';
import { type Needs, neededChanges } from './needed-bases.ts';

/** For how many days every moment of a source can be restored, by its name. */
export type KeptChangesDays = Readonly<Record<string, number>>;

export interface LookRequest {
  readonly store: ObjectStore;
  readonly marks: ExpiryMarks;
  readonly source: string;
  readonly backups: readonly SealedBackup[];
  readonly days: KeptChangesDays;
  /** The vault's time. */
  readonly now: Date;
  readonly options: ListOptions;
}

export interface SourceOfChanges {
  readonly source: string;
  readonly since: Date;
  readonly needs: Needs;
  /** Names of the backups without which the moments could not be restored. */
  readonly bases: ReadonlySet<string>;
}

const DAY_MS = 86_400_000;

/** What of a source's changes is needed for its days. A source that is captured no longer has the days of the default. */
export async function lookAtChanges(request: LookRequest): Promise<SourceOfChanges> {
  const { store, marks, source, backups, days, now, options } = request;
  const kept = Object.hasOwn(days, source) ? days[source] : undefined;
  const since = new Date(now.getTime() - (kept ?? DEFAULT_KEPT_CHANGES_DAYS) * DAY_MS);
  const needs = await neededChanges({
    ...{ store, source, since, options },
    backups: backups.flatMap(({ place }) => (place.source === source ? [place] : [])),
    isGoing: (place) => marks.isMarked(manifestKey(place), options),
  });
  return { source, since, needs, bases: new Set(needs.bases.map(nameOfBackup)) };
}
