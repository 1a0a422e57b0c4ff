import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  METRIC_NAMESPACE,
  namespaceOfCapture,
  namespaceOfHealth,
  namespaceOfSlotWatch,
  namespaceOfSource,
  SCRUB_NAMESPACE,
} from '../../contract/metric-names.ts';

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

/** The health function of a source publishes its figures, and nothing that a backup or a drill says. */
export function publishHealthOf(environment: string, source: string): PolicyStatement {
  return publishInto(namespaceOfHealth(environment, source));
}

export function publishCaptureOf(environment: string, source: string): PolicyStatement {
  return publishInto(namespaceOfCapture(environment, source));
}

export function publishSlotOf(environment: string, source: string): PolicyStatement {
  return publishInto(namespaceOfSlotWatch(environment, source));
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
