import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { METRIC_NAMESPACE } from '../../contract/metric-names.ts';

/**
 * PutMetricData does not support resources; the namespace limits it (Amazon CloudWatch User Guide, "Condition
 * keys").
 */
export function publishMetrics(): PolicyStatement {
  return new PolicyStatement({
    sid: 'PublishMetrics',
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    conditions: { StringEquals: { 'cloudwatch:namespace': METRIC_NAMESPACE } },
  });
}
