import { type CloudWatchClient, GetMetricDataCommand, paginateListMetrics } from '@aws-sdk/client-cloudwatch';
import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS } from '../../../contract/metric-names.ts';
import { type Finding, Findings } from '../finding.ts';

/** The backup age of one source in one environment, as the sentinel last published it. */
interface PublishedAge {
  readonly environment: string;
  readonly source: string;
  /** Undefined: the sentinel published nothing within {@link LOOK_BACK_MS}. */
  readonly last: { readonly backupAgeSeconds: number; readonly at: Date } | undefined;
}

export interface PublishedAgesRequest {
  readonly client: CloudWatchClient;
  /** Only this environment. @default every environment */
  readonly environment: string | undefined;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** The sentinel publishes every five minutes; two may be lost or late. */
const SILENT_MS = 20 * 60_000;
const LOOK_BACK_MS = 2 * 3_600_000;
const PERIOD_SECONDS = 300;
/** The most queries of one GetMetricData (Amazon CloudWatch API Reference). */
const MOST_QUERIES = 500;

/** Reports the backup ages that the sentinel published, and whether it still publishes. */
export async function publishedAgeFindings(request: PublishedAgesRequest): Promise<Finding[]> {
  const findings = new Findings('deployment', 'sentinel');
  const ages = await publishedAges(request);
  if (ages.length === 0) {
    return [
      findings.problem(
        'The sentinel has published nothing for three hours: nothing watches the age of backups.',
        remedyFor(request.environment ?? '<environment>'),
      ),
    ];
  }
  return ages.map(({ environment, source, last }) => {
    const of = `${source} (${environment})`;
    const silentMs = last === undefined ? LOOK_BACK_MS : request.now.getTime() - last.at.getTime();
    if (last === undefined || silentMs > SILENT_MS) {
      const minutes = Math.floor(silentMs / 60_000);
      return findings.problem(
        `The sentinel has been silent about ${of} for ${last ? '' : 'more than '}${minutes} min: nothing watches the age of its backups.`,
        remedyFor(environment),
      );
    }
    return findings.ok(
      `The sentinel works: it sees the newest backup of ${of} as ${hours(last.backupAgeSeconds)} old.`,
    );
  });
}

/** All series with data within three hours: sources that were removed before that do not count. */
async function publishedAges({
  client,
  environment,
  now,
  signal,
}: PublishedAgesRequest): Promise<PublishedAge[]> {
  const series: Array<{ environment: string; source: string }> = [];
  const pages = paginateListMetrics(
    { client },
    {
      Namespace: METRIC_NAMESPACE,
      MetricName: METRICS.backupAge.name,
      RecentlyActive: 'PT3H',
      Dimensions: [{ Name: METRIC_DIMENSIONS.environment, ...(environment && { Value: environment }) }],
    },
    { abortSignal: signal },
  );
  for await (const { Metrics = [] } of pages) {
    for (const { Dimensions = [] } of Metrics) {
      const value = (name: string) => Dimensions.find(({ Name }) => Name === name)?.Value;
      const [of, source] = [value(METRIC_DIMENSIONS.environment), value(METRIC_DIMENSIONS.source)];
      if (of !== undefined && source !== undefined) series.push({ environment: of, source });
    }
  }
  if (series.length === 0) return [];
  const { MetricDataResults = [] } = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(now.getTime() - LOOK_BACK_MS),
      EndTime: now,
      MetricDataQueries: series.slice(0, MOST_QUERIES).map(({ environment: of, source }, index) => ({
        Id: `age${index}`,
        MetricStat: {
          Metric: {
            Namespace: METRIC_NAMESPACE,
            MetricName: METRICS.backupAge.name,
            Dimensions: [
              { Name: METRIC_DIMENSIONS.environment, Value: of },
              { Name: METRIC_DIMENSIONS.source, Value: source },
            ],
          },
          Period: PERIOD_SECONDS,
          Stat: 'Maximum',
        },
      })),
    }),
    { abortSignal: signal },
  );
  return series.slice(0, MOST_QUERIES).map((one, index) => {
    const { Timestamps = [], Values = [] } = MetricDataResults.find(({ Id }) => Id === `age${index}`) ?? {};
    const [newest] = Timestamps.map((at, position) => ({ at, value: Values[position] })).sort(
      (a, b) => b.at.getTime() - a.at.getTime(),
    );
    return {
      ...one,
      last: newest?.value === undefined ? undefined : { backupAgeSeconds: newest.value, at: newest.at },
    };
  });
}

/** The command that shows the sentinel's log; the stack's outputs lead to its function and log group. */
function remedyFor(environment: string): string {
  const output = `aws cloudformation describe-stacks --stack-name lifeboat-${environment} --query "Stacks[0].Outputs[?OutputKey=='SentinelFunction'].OutputValue" --output text`;
  const group = `aws lambda get-function-configuration --function-name "$(${output})" --query LoggingConfig.LogGroup --output text`;
  return `Its log says why: \`aws logs tail --since 3h "$(${group})"\``;
}

function hours(seconds: number): string {
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}
