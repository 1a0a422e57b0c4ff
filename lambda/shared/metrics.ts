import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { METRIC_DIMENSIONS, type MetricDefinition, namespaceOf } from '../../lib/contract/metric-names.ts';
import { cloudWatchFailure } from '../../lib/engine/ground/cloudwatch-failure.ts';
import { messageOf } from '../../lib/engine/ground/errors.ts';
import { logger } from './log.ts';

/**
 * A client that answers or fails within seconds: a VPC without a way to CloudWatch must not delay a run by
 * minutes.
 */
export const cloudWatch = new CloudWatchClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
});

export type MetricValue = readonly [definition: MetricDefinition, value: number];

/** Publishes metrics of one environment, with PutMetricData: those in the log are lost if a function dies. */
export class MetricPublisher {
  readonly #environment: string;

  constructor(environment: string) {
    this.#environment = environment;
  }

  async publish(source: string, values: readonly MetricValue[]): Promise<void> {
    const Dimensions = [
      { Name: METRIC_DIMENSIONS.environment, Value: this.#environment },
      { Name: METRIC_DIMENSIONS.source, Value: source },
    ];
    const Timestamp = new Date();
    const namespaces = Map.groupBy(values, ([definition]) =>
      namespaceOf(definition, this.#environment, source),
    );
    try {
      for (const [Namespace, some] of namespaces) {
        const MetricData = some.map(([{ name, unit }, value]) => ({
          ...{ MetricName: name, Unit: unit, Value: value },
          ...{ Dimensions, Timestamp },
        }));
        await cloudWatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
      }
    } catch (error) {
      throw cloudWatchFailure(error, 'told the metrics');
    }
  }

  /**
   * Publishes metrics of a run whose result stands even if CloudWatch cannot be reached; then only logs the
   * failure.
   */
  async tryPublish(source: string, values: readonly MetricValue[]): Promise<void> {
    await this.publish(source, values).catch((error: unknown) =>
      logger.error('metrics were not published', {
        metrics: values.map(([{ name }]) => name),
        problem: messageOf(error),
      }),
    );
  }
}
