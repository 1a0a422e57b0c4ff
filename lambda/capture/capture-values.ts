import { CAPTURE_METRICS } from '../../lib/contract/capture-metrics.ts';
import { headOfLog } from '../../lib/engine/archive/changes/change-log.ts';
import type { Epoch, EpochReason } from '../../lib/engine/archive/changes/change-records.ts';
import { newestEpoch } from '../../lib/engine/archive/changes/epochs.ts';
import type { CaptureResult } from '../../lib/engine/capture/capture.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import type { MetricValue } from '../shared/metrics.ts';

/** Epochs that end because somebody changed the schema, or the list of tables, are everyday. */
const EVERYDAY: readonly EpochReason[] = ['enabled', 'schema-changed', 'publication-changed'];
const READ_WITHIN_MS = 10_000;

/** What is published of a run. One that found another at work knows only what the vault holds. */
export function captureValues(result: CaptureResult, epoch: Epoch | undefined, now: Date): MetricValue[] {
  const { recoveryPointAge, gap, uncovered, slotsLost } = CAPTURE_METRICS;
  if (result.outcome === 'busy') return [[recoveryPointAge, secondsSince(result.storedRecoveryPoint, now)]];
  const lost = result.ended !== undefined && !EVERYDAY.includes(result.ended.reason);
  return [
    [recoveryPointAge, secondsSince(result.recoveryPoint, now)],
    [slotsLost, lost ? 1 : 0],
    ...(epoch
      ? ([
          [gap, result.baseDue ? secondsSince(epoch.startedAt, now) : 0],
          [uncovered, epoch.notCovered.length],
        ] satisfies MetricValue[])
      : []),
  ];
}

/** What a run that failed can still say: how old the recovery point in the vault is. */
export async function failedValues(store: ObjectStore, source: string, now: Date): Promise<MetricValue[]> {
  const signal = AbortSignal.timeout(READ_WITHIN_MS);
  try {
    const epoch = await newestEpoch(store, source, signal);
    if (!epoch) return [];
    const head = await headOfLog(store, epoch.record, signal);
    const point = head?.record.clock ?? epoch.record.startedAt;
    return [[CAPTURE_METRICS.recoveryPointAge, secondsSince(point, now)]];
  } catch {
    // The vault does not answer either. The alarm on silence tells.
    return [];
  }
}

/** The two clocks may differ a little. */
function secondsSince(moment: string, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - Date.parse(moment)) / 1000));
}
