import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS, type MetricDefinition } from '../contract/metric-names.ts';
import { lifeboatMetric, type SeriesOwner } from './alarms/lifeboat-metric.ts';

/** A source with its metrics, as `IProtectedSource` describes them. */
export abstract class SourceMetrics extends Construct {
  abstract readonly series: SeriesOwner;

  metricBackupAge(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.backupAge, options);
  }

  metricProvenAge(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.provenAge, options);
  }

  metricDrillAge(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.drillAge, options);
  }

  metricRecoveryTime(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.recoveryTime, options);
  }

  metricSizeDeviation(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.sizeDeviation, options);
  }

  metricDurationDeviation(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.durationDeviation, options);
  }

  metricStorage(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.storage, options);
  }

  metricEgress(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.egress, options);
  }

  metricDrillDisk(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.drillDisk, options);
  }

  metricConsecutiveDrillFailures(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.consecutiveDrillFailures, options);
  }

  metricScrubAge(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.scrubAge, options);
  }

  metricDamagedBackups(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.damagedBackups, options);
  }

  metricBackupsSucceeded(options?: MetricOptions): Metric {
    return this.#count(METRICS.backupSucceeded, options);
  }

  metricBackupsFailed(options?: MetricOptions): Metric {
    return this.#count(METRICS.backupFailed, options);
  }

  metricBackupDuration(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.backupDuration, options);
  }

  metricBackupSize(options?: MetricOptions): Metric {
    return this.#gauge(METRICS.backupSize, options);
  }

  metricDrillsSucceeded(options?: MetricOptions): Metric {
    return this.#count(METRICS.drillSucceeded, options);
  }

  metricDrillsFailed(options?: MetricOptions): Metric {
    return this.#count(METRICS.drillFailed, options);
  }

  #gauge(definition: MetricDefinition, options: MetricOptions = {}): Metric {
    return lifeboatMetric(definition, this.series, 'Maximum').with(options);
  }

  #count(definition: MetricDefinition, options: MetricOptions = {}): Metric {
    return lifeboatMetric(definition, this.series, 'Sum').with(options);
  }
}
