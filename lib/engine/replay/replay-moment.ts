import type { ObjectStore } from '../storage/object-store.ts';
import type { ReplaySession } from './apply/replay-session.ts';
import { coveredPlaces } from './covered-places.ts';
import { entriesFrom } from './plan/epoch-log.ts';
import type { PlannedMoment } from './plan/moment.ts';
import { segmentsOf } from './plan/segment-text.ts';
import { type ReplayRequest, replay } from './replay.ts';
import type { ReplayState } from './replay-counts.ts';
import { visibleIn } from './visibility.ts';

export interface MomentReplay
  extends Pick<ReplayRequest, 'placeOf' | 'resumes' | 'save' | 'onState' | 'limits' | 'signal'> {
  readonly store: ObjectStore;
  readonly session: ReplaySession;
  readonly moment: PlannedMoment;
}

/** Replays what a planned moment has and its base lacks. */
export async function replayMoment({
  store,
  moment,
  placeOf,
  signal,
  ...rest
}: MomentReplay): Promise<ReplayState> {
  const { base, log, entries, until } = moment;
  const isInBase = visibleIn(base.snapshot);
  return await replay({
    ...rest,
    placeOf: coveredPlaces(log.epoch.record, placeOf),
    signal,
    segments: segmentsOf(store, log, entriesFrom(store, log, entries.from, signal, entries.to), signal),
    includes: (transaction) => !isInBase(transaction),
    until,
  });
}
