import { whyNoBase } from '../../archive/changes/base.ts';
import { proofsOfEpoch } from '../../archive/changes/change-proof.ts';
import { readEpochs, sourcesWithChanges } from '../../archive/changes/epochs.ts';
import { nameOfBackup } from '../../archive/listing.ts';
import { formatLsn } from '../../pgoutput/lsn.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { type Base, basesOf } from './bases.ts';
import { firstNeeded, openLog } from './epoch-log.ts';

/** A stretch of a source's history of which every moment can be restored. */
export interface Interval {
  readonly source: string;
  readonly epoch: number;
  /** What the first base shows; null: the epoch has none yet, so no moment of it can be restored. */
  readonly from: { readonly time: string; readonly lsn: string; readonly base: string } | null;
  /** How far changes are captured. */
  readonly to: { readonly time: string; readonly lsn: string };
  /** Why it ended; null: it goes on. */
  readonly ended: string | null;
  /** Backups up to which a drill has proven the changes, row for row. */
  readonly proofs: number;
  /** Backups up to which a drill found the changes wrong: `class/source/id`. */
  readonly wrong: readonly string[];
}

const CLOCK_TOLERANCE_MS = 5000;

/** The moments that can be restored, oldest first; what lies between two intervals cannot. */
export async function readIntervals(
  store: ObjectStore,
  only: string | undefined,
  signal: AbortSignal,
): Promise<Interval[]> {
  const sources = (await sourcesWithChanges(store, signal)).filter(
    (one) => only === undefined || one === only,
  );
  const intervals: Interval[] = [];
  for (const source of sources) intervals.push(...(await intervalsOf(store, source, signal)));
  return intervals;
}

async function intervalsOf(store: ObjectStore, source: string, signal: AbortSignal): Promise<Interval[]> {
  const bases = (await Array.fromAsync(basesOf(store, source, { signal }))).reverse();
  const intervals: Interval[] = [];
  for (const epoch of await readEpochs(store, source, signal)) {
    const log = await openLog(store, epoch, signal);
    if (!log) continue;
    let first: Base | undefined;
    for (const base of bases) {
      if (whyNoBase(epoch.record, base.manifest) !== undefined) continue;
      if ((await firstNeeded(store, log, base.snapshot, signal)) === undefined) continue;
      first = base;
      break;
    }
    const { head } = log;
    const proofs = await proofsOfEpoch(store, epoch.record, signal);
    intervals.push({
      source,
      epoch: epoch.record.epoch,
      from: first
        ? {
            time: first.manifest.snapshot.takenAt,
            lsn: formatLsn(first.lsn),
            base: nameOfBackup(first.place),
          }
        : null,
      to: {
        time: new Date(new Date(head.clock).getTime() - CLOCK_TOLERANCE_MS).toISOString(),
        lsn: head.to,
      },
      ended: head.end?.what ?? null,
      proofs: proofs.filter(({ verdict }) => verdict === 'proven').length,
      wrong: proofs.flatMap(({ verdict, backup }) => (verdict === 'failed' ? [backup] : [])),
    });
  }
  return intervals;
}
