import type { CheckName } from './health-thresholds.ts';
import type { MetricDefinition } from './metric-names.ts';

/** A metric of a source's health. A figure that is not known is not published: it is never zero instead. */
export interface HealthMetric extends MetricDefinition {
  readonly publishedBy: 'health';
}

/** The value of a check, or one of the figures that it is made of. */
export interface FigureMetric extends HealthMetric {
  readonly check: CheckName;
  /** @default - the check's value */
  readonly figure?: string;
}

const publishedBy = 'health' as const;

/** The figures of the server, each once per run in which the source was reached. */
export const FIGURE_METRICS = {
  latency: { name: 'LatencyMilliseconds', unit: 'Milliseconds', check: 'latency', publishedBy },
  connections: { name: 'ConnectionsPercent', unit: 'Percent', check: 'connections', publishedBy },
  active: { name: 'ConnectionsActive', unit: 'Count', check: 'connections', figure: 'active', publishedBy },
  idle: { name: 'ConnectionsIdle', unit: 'Count', check: 'connections', figure: 'idle', publishedBy },
  idleInTransaction: {
    name: 'ConnectionsIdleInTransaction',
    unit: 'Count',
    check: 'connections',
    figure: 'idle in transaction',
    publishedBy,
  },
  longestQuery: { name: 'LongestQuerySeconds', unit: 'Seconds', check: 'longest-query', publishedBy },
  slowestQuery: {
    name: 'SlowestQueryMilliseconds',
    unit: 'Milliseconds',
    check: 'slow-queries',
    publishedBy,
  },
  databaseSize: {
    name: 'DatabaseSizeBytes',
    unit: 'Bytes',
    check: 'database-size',
    figure: 'sizeBytes',
    publishedBy,
  },
  databaseSizePercent: { name: 'DatabaseSizePercent', unit: 'Percent', check: 'database-size', publishedBy },
  cacheHits: { name: 'CacheHitsPercent', unit: 'Percent', check: 'cache-hits', publishedBy },
  rollbacks: { name: 'RollbacksPercent', unit: 'Percent', check: 'rollbacks', publishedBy },
  deadRows: { name: 'DeadRowsPercent', unit: 'Percent', check: 'dead-rows', publishedBy },
  unusedIndexes: { name: 'UnusedIndexesBytes', unit: 'Bytes', check: 'unused-indexes', publishedBy },
  unguardedTables: { name: 'TablesWithoutRowSecurity', unit: 'Count', check: 'row-security', publishedBy },
  rowSecurityCost: {
    name: 'RowSecurityCostMilliseconds',
    unit: 'Milliseconds',
    check: 'row-security-cost',
    publishedBy,
  },
  replicationSlots: { name: 'ReplicationSlotsBytes', unit: 'Bytes', check: 'replication-slots', publishedBy },
} as const satisfies Record<string, FigureMetric>;

export const HEALTH_METRICS = {
  ...FIGURE_METRICS,
  /** Seconds since a run first could not reach the source; 0 if this one could. Every run that ends publishes it. */
  unreachable: { name: 'UnreachableSeconds', unit: 'Seconds', publishedBy },
  /** Findings by severity, except `reachable`. Not while the source cannot be reached: then nothing is known. */
  critical: { name: 'CriticalFindings', unit: 'Count', publishedBy },
  warning: { name: 'WarningFindings', unit: 'Count', publishedBy },
  info: { name: 'InfoFindings', unit: 'Count', publishedBy },
  unknown: { name: 'UnknownFindings', unit: 'Count', publishedBy },
} as const satisfies Record<string, HealthMetric>;
