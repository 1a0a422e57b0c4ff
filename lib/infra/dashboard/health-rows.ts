import type { IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { HEALTH_METRICS, type HealthMetric } from '../../contract/health-metrics.ts';
import { lifeboatMetric, type SeriesOwner } from '../alarms/lifeboat-metric.ts';
import { graph } from './graph.ts';

/** The figures of a source's health: docs/health.md. */
export function healthRows(owner: SeriesOwner): IWidget[][] {
  const of = (...metrics: readonly HealthMetric[]) =>
    metrics.map((metric) => lifeboatMetric(metric, owner, 'Maximum'));
  const m = HEALTH_METRICS;
  return [
    [
      graph('Health: findings', of(m.critical, m.warning, m.info, m.unknown)),
      graph('Health: unreachable (s), latency (ms)', of(m.unreachable), of(m.latency)),
      graph(
        'Health: connections, and used of all (%)',
        of(m.active, m.idle, m.idleInTransaction),
        of(m.connections),
      ),
    ],
    [
      graph('Health: longest query (s), slowest on average (ms)', of(m.longestQuery), of(m.slowestQuery)),
      graph('Health: cache hits, rollbacks, dead rows (%)', of(m.cacheHits, m.rollbacks, m.deadRows)),
      graph(
        'Health: database, WAL of slots, unused indexes (bytes), database of its limit (%)',
        of(m.databaseSize, m.replicationSlots, m.unusedIndexes),
        of(m.databaseSizePercent),
      ),
    ],
    [
      graph(
        'Health: tables without row security, its cost in queries (ms)',
        of(m.unguardedTables),
        of(m.rowSecurityCost),
      ),
    ],
  ];
}
