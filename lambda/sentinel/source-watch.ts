import { METRICS } from '../../lib/contract/metric-names.ts';
import { lastScrubEndedAt } from '../../lib/engine/archive/scrub-summary.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { ageSeconds } from '../../lib/engine/watch/age.ts';
import { consecutiveDrillFailures } from '../../lib/engine/watch/drill-failures.ts';
import { lookAtSource, type SourceReading } from '../../lib/engine/watch/look-at-source.ts';
import { ManifestMemory } from '../../lib/engine/watch/manifest-memory.ts';
import type { WatchedSource } from '../shared/environment.ts';
import { logger } from '../shared/log.ts';
import type { MetricValue } from '../shared/metrics.ts';
import { creationOfSchedule } from './creation-of-schedule.ts';
import { drillHistory } from './drill-history.ts';
import { publishFindings, type SourceAnswer } from './publish-findings.ts';

/** Watches one source, and remembers its manifests from one invocation to the next. */
export class SourceWatch {
  readonly #source: WatchedSource;
  readonly #environment: string;
  readonly #store: ObjectStore;
  readonly #memory = new ManifestMemory();
  readonly #scrubSchedule: string | undefined;

  constructor(source: WatchedSource, environment: string, store: ObjectStore, scrubSchedule?: string) {
    this.#source = source;
    this.#environment = environment;
    this.#store = store;
    this.#scrubSchedule = scrubSchedule;
  }

  /**
   * Publishes the values that it can find out. Does not reject: `failures` holds the error of each part that
   * failed.
   */
  async look(now: Date, signal: AbortSignal): Promise<SourceAnswer> {
    const reading = this.#lookAtVault(now, signal);
    return await publishFindings(this.#environment, this.#source.name, [
      reading.then((found) => valuesOf(found, now)),
      this.#countDrills(reading, now, signal),
      this.#lookAtScrubs(now, signal),
    ]);
  }

  async #lookAtVault(now: Date, signal: AbortSignal): Promise<SourceReading> {
    const { name, backupSchedule, drillSchedule } = this.#source;
    const [backupsDueSince, drillsScheduledAt] = await Promise.all([
      creationOfSchedule(backupSchedule, signal),
      drillSchedule === undefined ? undefined : creationOfSchedule(drillSchedule, signal),
    ]);
    const request = { store: this.#store, source: name, memory: this.#memory, now, signal };
    // How old a proof may get depends on both schedules, so the first proof is due from the later of them.
    const drillsDueSince =
      drillsScheduledAt && drillsScheduledAt > backupsDueSince ? drillsScheduledAt : backupsDueSince;
    const reading = await lookAtSource({ ...request, backupsDueSince, drillsDueSince });
    for (const problem of reading.problems) logger.warn(problem);
    return reading;
  }

  /** A scrub reads the backups of all sources, so they have one age. */
  async #lookAtScrubs(now: Date, signal: AbortSignal): Promise<MetricValue[]> {
    if (this.#scrubSchedule === undefined) return [];
    const [scheduledAt, endedAt] = await Promise.all([
      creationOfSchedule(this.#scrubSchedule, signal),
      lastScrubEndedAt(this.#store, { signal }),
    ]);
    return [[METRICS.scrubAge, ageSeconds(now, scheduledAt, ...(endedAt ? [endedAt] : []))]];
  }

  /** Counts nothing if the vault cannot be read: a proof in it may have ended the failures. */
  async #countDrills(
    looking: Promise<SourceReading>,
    now: Date,
    signal: AbortSignal,
  ): Promise<MetricValue[]> {
    const { name, drillSchedule } = this.#source;
    if (drillSchedule === undefined) return [];
    const history = await drillHistory(this.#environment, name, now, signal);
    const reading = await looking.catch(() => undefined);
    if (reading === undefined) return [];
    const failures = consecutiveDrillFailures(history, now, reading.newestProof?.keptAt);
    return [[METRICS.consecutiveDrillFailures, failures]];
  }
}

function valuesOf(reading: SourceReading, now: Date): MetricValue[] {
  const {
    backupAgeSeconds,
    provenAgeSeconds,
    deviation,
    storageBytes,
    newestProof,
    drillDiskBytes,
    egressBytes,
  } = reading;
  return [
    [METRICS.backupAge, backupAgeSeconds],
    [METRICS.provenAge, provenAgeSeconds],
    ...(deviation
      ? ([
          [METRICS.sizeDeviation, deviation.sizePercent],
          [METRICS.durationDeviation, deviation.durationFactor],
        ] as const)
      : []),
    ...(storageBytes === undefined ? [] : ([[METRICS.storage, storageBytes]] as const)),
    ...(egressBytes === undefined ? [] : ([[METRICS.egress, egressBytes]] as const)),
    ...(drillDiskBytes === undefined ? [] : ([[METRICS.drillDisk, drillDiskBytes]] as const)),
    ...(newestProof
      ? ([
          [METRICS.recoveryTime, newestProof.report.recoveryTimeMs / 1000],
          [METRICS.drillAge, ageSeconds(now, newestProof.keptAt)],
        ] as const)
      : []),
  ];
}
