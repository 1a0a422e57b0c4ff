import { METRICS } from '../../lib/contract/metric-names.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { ageSeconds } from '../../lib/engine/watch/age.ts';
import { consecutiveDrillFailures } from '../../lib/engine/watch/drill-failures.ts';
import { lookAtReplica } from '../../lib/engine/watch/look-at-replica.ts';
import { ManifestMemory } from '../../lib/engine/watch/manifest-memory.ts';
import type { WatchedSource } from '../shared/environment.ts';
import { logger } from '../shared/log.ts';
import type { MetricValue } from '../shared/metrics.ts';
import { creationOfSchedule } from './creation-of-schedule.ts';
import { drillHistory } from './drill-history.ts';
import { publishFindings, type SourceAnswer } from './publish-findings.ts';

/** Watches one source in a replica, and remembers its manifests from one invocation to the next. */
export class ReplicaWatch {
  readonly #source: WatchedSource;
  readonly #environment: string;
  readonly #store: ObjectStore;
  readonly #memory = new ManifestMemory();

  constructor(source: WatchedSource, environment: string, store: ObjectStore) {
    this.#source = source;
    this.#environment = environment;
    this.#store = store;
  }

  /** As the look of {@link SourceWatch}. */
  async look(now: Date, signal: AbortSignal): Promise<SourceAnswer> {
    const { name } = this.#source;
    return await publishFindings(this.#environment, name, [
      this.#lookAtReplica(now, signal),
      this.#lookAtDrills(now, signal),
    ]);
  }

  async #lookAtReplica(now: Date, signal: AbortSignal): Promise<MetricValue[]> {
    const { name, backupSchedule, drillSchedule } = this.#source;
    const dueSince = await creationOfSchedule(backupSchedule, signal);
    const reading = await lookAtReplica({
      store: this.#store,
      source: name,
      memory: this.#memory,
      ...{ dueSince, now, signal },
    });
    for (const problem of reading.problems) logger.warn(problem);
    const { backupAgeSeconds, drillDiskBytes } = reading;
    return [
      [METRICS.backupAge, backupAgeSeconds],
      ...(drillSchedule === undefined || drillDiskBytes === undefined
        ? []
        : ([[METRICS.drillDisk, drillDiskBytes]] as const)),
    ];
  }

  /**
   * Goes by what the replica's own drills reported. A proof that lies here says nothing about the replica: S3
   * may have replicated it from the vault.
   */
  async #lookAtDrills(now: Date, signal: AbortSignal): Promise<MetricValue[]> {
    const { name, drillSchedule } = this.#source;
    if (drillSchedule === undefined) return [];
    const [history, scheduledAt] = await Promise.all([
      drillHistory(this.#environment, name, now, signal),
      creationOfSchedule(drillSchedule, signal),
    ]);
    const passed = history.filter(({ succeeded }) => succeeded > 0).map(({ startsAt }) => startsAt);
    return [
      [METRICS.consecutiveDrillFailures, consecutiveDrillFailures(history, now)],
      [METRICS.drillAge, ageSeconds(now, scheduledAt, ...passed)],
    ];
  }
}
