import { GetMetricDataCommand, type GetMetricDataCommandOutput } from '@aws-sdk/client-cloudwatch';
import {
  METRIC_DIMENSIONS,
  METRICS,
  type MetricDefinition,
  namespaceOfSource,
} from '../../lib/contract/metric-names.ts';
import { cloudWatchFailure } from '../../lib/engine/ground/cloudwatch-failure.ts';
import type { DrillPeriod } from '../../lib/engine/watch/drill-failures.ts';
import { cloudWatch } from '../shared/metrics.ts';

/**
 * CloudWatch keeps periods of five minutes for 63 days (Amazon CloudWatch User Guide, "Metrics retention").
 */
const PERIOD_SECONDS = 300;
const LOOK_BACK_MS = 62 * 24 * 3_600_000;
const COUNTS = {
  started: METRICS.drillStarted,
  succeeded: METRICS.drillSucceeded,
  failed: METRICS.drillFailed,
} as const satisfies Record<string, MetricDefinition>;
type Count = keyof typeof COUNTS;

/**
 * Counts the drills of a source that reported a start, success or failure, for each five minutes with any
 * report.
 */
export async function drillHistory(
  environment: string,
  source: string,
  now: Date,
  abortSignal: AbortSignal,
): Promise<DrillPeriod[]> {
  const periods = new Map<number, { started: number; succeeded: number; failed: number }>();
  // The times are aligned to the period, as CloudWatch advises, and include the current period.
  const periodMs = PERIOD_SECONDS * 1000;
  const EndTime = new Date(Math.ceil(now.getTime() / periodMs) * periodMs);
  const StartTime = new Date(EndTime.getTime() - LOOK_BACK_MS);
  for (let NextToken: string | undefined; ; ) {
    const page: GetMetricDataCommandOutput = await cloudWatch
      .send(
        new GetMetricDataCommand({
          StartTime,
          EndTime,
          NextToken,
          MetricDataQueries: queries(environment, source),
        }),
        { abortSignal },
      )
      .catch((error: unknown) => {
        abortSignal.throwIfAborted();
        throw cloudWatchFailure(error, 'asked for the results of drills');
      });
    for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      for (const [index, at] of Timestamps.entries()) {
        const period = periods.get(at.getTime()) ?? { started: 0, succeeded: 0, failed: 0 };
        period[Id as Count] += Values[index] ?? 0;
        periods.set(at.getTime(), period);
      }
    }
    NextToken = page.NextToken;
    if (!NextToken) break;
  }
  return [...periods].map(([at, sums]) => ({ startsAt: new Date(at), ...sums }));
}

function queries(environment: string, source: string) {
  const Dimensions = [
    { Name: METRIC_DIMENSIONS.environment, Value: environment },
    { Name: METRIC_DIMENSIONS.source, Value: source },
  ];
  return Object.entries(COUNTS).map(([Id, { name }]) => ({
    Id,
    MetricStat: {
      Metric: { Namespace: namespaceOfSource(environment, source), MetricName: name, Dimensions },
      Period: PERIOD_SECONDS,
      Stat: 'Sum',
    },
  }));
}
