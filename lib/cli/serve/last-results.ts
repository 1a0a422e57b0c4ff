import type { HealthReport } from '../../engine/health/health.ts';
import { type LastResults, type Status, statusOf } from '../../engine/health/status/status.ts';
import type { SourceReading } from '../../engine/watch/look-at-source.ts';
import { healthGauges } from '../../present/openmetrics/health-gauges.ts';
import { openMetrics } from '../../present/openmetrics/open-metrics.ts';
import type { Answers } from './answer-request.ts';

/** Results that so many runs have not renewed are stale. */
const MISSED_RUNS = 3;

export interface Limits {
  readonly source: string;
  readonly everyMinutes: number;
  /** Undefined without a vault. */
  readonly maxAgeSeconds: number | undefined;
  readonly maxProofAgeSeconds: number | undefined;
}

/** The last results of the one source that is served, and what a monitor gets of them. */
export class Last implements Answers {
  readonly #limits: Limits;
  readonly #now: () => Date;
  #report: HealthReport | undefined;
  #vault: { readonly reading: SourceReading; readonly at: Date } | undefined;

  constructor(limits: Limits, now: () => Date) {
    this.#limits = limits;
    this.#now = now;
  }

  get report(): HealthReport | undefined {
    return this.#report;
  }

  measured(report: HealthReport): void {
    this.#report = report;
  }

  looked(reading: SourceReading, at: Date): void {
    this.#vault = { reading, at };
  }

  status(): Status {
    return statusOf([this.#results()], this.#now());
  }

  metrics(): string {
    const { source } = this.#limits;
    const reading = this.#vault?.reading;
    const vault = reading && {
      storedBytes: reading.storageBytes,
      recoveryTimeSeconds: reading.newestProof && reading.newestProof.report.recoveryTimeMs / 1000,
    };
    return openMetrics(healthGauges({ source, report: this.#report, vault }, this.status()));
  }

  #results(): LastResults {
    const { source, maxAgeSeconds, maxProofAgeSeconds } = this.#limits;
    return {
      source,
      ...(maxAgeSeconds !== undefined && {
        vault: {
          checkedAt: this.#vault?.at,
          validUntil: this.#vault && this.#validUntil(this.#vault.at),
          newestBackup: { at: this.#vault?.reading.fullSealedAt, limitSeconds: maxAgeSeconds },
          newestProof:
            maxProofAgeSeconds === undefined
              ? undefined
              : { at: this.#vault?.reading.provenSealedAt, limitSeconds: maxProofAgeSeconds },
        },
      }),
      ...(this.#report && {
        health: { report: this.#report, validUntil: this.#validUntil(new Date(this.#report.checkedAt)) },
      }),
    };
  }

  #validUntil(at: Date): Date {
    return new Date(at.getTime() + MISSED_RUNS * this.#limits.everyMinutes * 60_000);
  }
}
