import { whyNoBase } from '../../archive/changes/base.ts';
import type { EpochPlace } from '../../archive/changes/change-keys.ts';
import type { Epoch } from '../../archive/changes/change-records.ts';
import { readEpochs } from '../../archive/changes/epochs.ts';
import type { Filed } from '../../archive/changes/record-file.ts';
import { type BackupPlace, timeOfId } from '../../archive/keys.ts';
import { type ListOptions, nameOfBackup } from '../../archive/listing.ts';
import { readManifest } from '../../archive/read-manifest.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { type Base, baseOf } from '../../replay/plan/bases.ts';
import { type EpochLog, firstNeeded, openLog } from '../../replay/plan/epoch-log.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

export interface NeedRequest {
  readonly store: ObjectStore;
  readonly source: string;
  /** Backups of this source that stay. */
  readonly backups: readonly BackupPlace[];
  /** Only moments from then on have to be restorable. @default all that a backup leads to */
  readonly since?: Date | undefined;
  /** Whether a backup is about to expire, so that it counts for nothing. @default none is */
  readonly isGoing?: ((place: BackupPlace) => Promise<boolean>) | undefined;
  readonly options: ListOptions;
}

/** What an epoch is needed for. */
export type EpochNeed = EpochPlace &
  (
    | { readonly kind: 'all' }
    /** Entries below this number are not needed. */
    | { readonly kind: 'from'; readonly first: number }
    /** `no-base`: no backup leads into it. `before-window`: it ended before the moments that have to be restorable. */
    | { readonly kind: 'nothing'; readonly why: 'no-base' | 'before-window' }
  );

export interface Needs {
  /** Oldest first. */
  readonly epochs: readonly EpochNeed[];
  /** The backups on which the needed changes are replayed. Without them no change is of any use. */
  readonly bases: readonly BackupPlace[];
}

/**
 * What of a source's captured changes is needed: in each epoch, everything from one base on. That base is the newest one
 * that is not younger than `since`; if there is none, the oldest. The newest epoch stays as long as nothing leads into
 * it, because its base may be on its way, and its last entry stays for ever: numbers go on from there.
 */
export async function neededChanges(request: NeedRequest): Promise<Needs> {
  const { store, source, since, options } = request;
  const signal = options.signal ?? new AbortController().signal;
  const epochs = await readEpochs(store, source, signal);
  const candidates = new Candidates(request);
  const needs: EpochNeed[] = [];
  const bases: BackupPlace[] = [];
  for (const [index, epoch] of epochs.entries()) {
    const place = { source, epoch: epoch.record.epoch };
    const next = epochs[index + 1];
    if (next && since && new Date(next.record.startedAt) <= since) {
      needs.push({ ...place, kind: 'nothing', why: 'before-window' });
      continue;
    }
    const log = await openLog(store, epoch, signal);
    const isOver = log?.head.end !== undefined && since !== undefined && new Date(log.head.clock) <= since;
    const found =
      log && !isOver ? await candidates.baseOf(epoch, log, signal) : { isBase: false, base: undefined };
    if (found.base) {
      bases.push(found.base.place);
      needs.push({ ...place, kind: 'from', first: found.base.first });
    } else if (next) needs.push({ ...place, kind: 'nothing', why: 'no-base' });
    else if (log && (found.isBase || isOver)) needs.push({ ...place, kind: 'from', first: log.head.number });
    else needs.push({ ...place, kind: 'all' });
  }
  return { epochs: needs, bases };
}

interface Found {
  /** Whether there is a base at all, though nothing may lead on from it any more. */
  readonly isBase: boolean;
  readonly base: { readonly place: BackupPlace; readonly first: number } | undefined;
}

/** The backups of a source, of which as few manifests are read as possible. */
class Candidates {
  readonly #request: NeedRequest;
  /** In the order in which they are wanted. */
  readonly #places: readonly BackupPlace[];
  readonly #known = new Map<string, Promise<Base | undefined>>();

  constructor(request: NeedRequest) {
    this.#request = request;
    const { backups, since } = request;
    const limit = since?.getTime() ?? Number.NEGATIVE_INFINITY;
    const timed = backups.map((place) => ({ place, at: timeOfId(place.backupId).getTime() }));
    const older = timed.filter(({ at }) => at <= limit).sort((a, b) => b.at - a.at);
    const younger = timed.filter(({ at }) => !(at <= limit)).sort((a, b) => a.at - b.at);
    this.#places = [...older, ...younger].map(({ place }) => place);
  }

  async baseOf(epoch: Filed<Epoch>, log: EpochLog, signal: AbortSignal): Promise<Found> {
    const { store, since, isGoing } = this.#request;
    let isBase = false;
    let oldest: Found['base'];
    let oldestLsn: bigint | undefined;
    for (const place of this.#places) {
      const base = await this.#read(place);
      if (!base || whyNoBase(epoch.record, base.manifest) !== undefined) continue;
      isBase = true;
      if (oldestLsn !== undefined && base.lsn >= oldestLsn) continue;
      if (await isGoing?.(place)) continue;
      const first = await firstNeeded(store, log, base.snapshot, signal, 'damaged');
      if (first === undefined) continue;
      if (since && new Date(base.manifest.snapshot.takenAt) <= since)
        return { isBase, base: { place, first } };
      [oldest, oldestLsn] = [{ place, first }, base.lsn];
    }
    return { isBase, base: oldest };
  }

  /** A manifest that expires meanwhile belongs to no base. Throws if one cannot be trusted. */
  #read(place: BackupPlace): Promise<Base | undefined> {
    const { store, options } = this.#request;
    const name = nameOfBackup(place);
    const known =
      this.#known.get(name) ??
      readManifest(store, place, options).then(
        (manifest) => baseOf(place, manifest),
        (error: unknown) => {
          if (error instanceof LifeboatError && error.code === 'backup-unfinished') return undefined;
          throw error;
        },
      );
    this.#known.set(name, known);
    return known;
  }
}
