import type { IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { CAPTURE_METRICS, CHANGE_PROOF_METRICS, SLOT_METRICS } from '../../contract/capture-metrics.ts';
import type { MetricDefinition } from '../../contract/metric-names.ts';
import { lifeboatMetric, type SeriesOwner } from '../alarms/lifeboat-metric.ts';
import { graph } from './graph.ts';

/** The captured changes of a source, and the slot that they are read from: docs/point-in-time.md. */
export function changesRow(owner: SeriesOwner): IWidget[] {
  const of = (metric: MetricDefinition, statistic = 'Maximum') => lifeboatMetric(metric, owner, statistic);
  const { recoveryPointAge, gap, uncovered, slotsLost } = CAPTURE_METRICS;
  return [
    graph('Changes: recovery point, gap (s)', [of(recoveryPointAge), of(gap)]),
    graph('Changes: WAL held on the source (bytes)', [of(SLOT_METRICS.heldWal)]),
    graph(
      'Changes: tables not covered, changes not proven, slots lost and dropped',
      [of(uncovered), of(CHANGE_PROOF_METRICS.unproven)],
      [of(slotsLost, 'Sum'), of(SLOT_METRICS.slotsDropped, 'Sum')],
    ),
  ];
}
