import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_DIMENSIONS, type MetricDefinition, namespaceOf } from '../../contract/metric-names.ts';

/** The environment and the source that a series belongs to: every metric carries both. */
export interface SeriesOwner {
  readonly environment: string;
  readonly source: string;
}

/** The sentinel runs this often: a shorter period would show no more. */
export const PERIOD = Duration.minutes(5);

/** One of Lifeboat's series, without a label: a label would turn a plain alarm into one on an expression. */
export function lifeboatMetric(definition: MetricDefinition, owner: SeriesOwner, statistic: string): Metric {
  return new Metric({
    namespace: namespaceOf(definition, owner.environment, owner.source),
    metricName: definition.name,
    dimensionsMap: {
      [METRIC_DIMENSIONS.environment]: owner.environment,
      [METRIC_DIMENSIONS.source]: owner.source,
    },
    statistic,
    period: PERIOD,
  });
}
