import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { METRIC_NAMESPACE, namespaceOfSource, SCRUB_NAMESPACE } from '../../contract/metric-names.ts';

/** What watches the whole vault publishes what the alarms on ages watch. */
export function publishWatchedMetrics(): PolicyStatement {
  return publishInto(METRIC_NAMESPACE);
}

/** The functions of a source publish what concerns this source, and nothing that an age follows from. */
export function publishMetricsOf(environment: string, source: string): PolicyStatement {
  return publishInto(namespaceOfSource(environment, source));
}

/** The end of a scrub publishes what the scrub found, and nothing else. */
export function publishScrubMetrics(): PolicyStatement {
  return publishInto(SCRUB_NAMESPACE);
}

/**
 * PutMetricData does not support resources; the namespace limits it (Amazon CloudWatch User Guide, "Condition
 * keys").
 */
function publishInto(namespace: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'PublishMetrics',
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    conditions: { StringEquals: { 'cloudwatch:namespace': namespace } },
  });
}
