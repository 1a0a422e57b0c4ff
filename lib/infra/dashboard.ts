import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS, type MetricDefinition } from '../engine/metric-names.ts';
import type { LifeboatAlarm } from './alarms/lifeboat-alarm.ts';
import { lifeboatMetric, PERIOD } from './alarms/lifeboat-metric.ts';
import type { VaultFunction } from './functions/vault-function.ts';

/** What a {@link Dashboard} is made from. */
export interface DashboardProps {
  readonly environment: string;
  readonly sources: string[];
  readonly alarms: LifeboatAlarm[];
  readonly sentinel: VaultFunction;
}

/** One page to look at: all alarms, then a row of graphs for each source, then whether the sentinel is alive. */
export class Dashboard extends Construct {
  readonly dashboard: CloudWatchDashboard;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { environment, sources, alarms, sentinel } = props;
    this.dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: `lifeboat-${environment}`,
      // What happens once a day needs more than the usual three hours to be seen.
      start: '-P14D',
      widgets: [
        [
          new AlarmStatusWidget({
            title: `Lifeboat ${environment}`,
            alarms: alarms.map(({ alarm }) => alarm),
            width: 24,
          }),
        ],
        ...sources.flatMap((source) => sourceRows(environment, source)),
        [
          graph('Sentinel: runs and errors', [
            sentinel.function.metricInvocations({ statistic: 'Sum', period: PERIOD }),
            sentinel.function.metricErrors({ statistic: 'Sum', period: PERIOD }),
          ]),
        ],
      ],
    });
  }
}

function sourceRows(environment: string, source: string): IWidget[][] {
  const series = (definition: MetricDefinition, statistic = 'Maximum') =>
    lifeboatMetric(definition, { environment, source }, statistic);
  return [
    [new TextWidget({ markdown: `## ${source}`, width: 24, height: 1 })],
    [
      graph('Age of the newest backup, and of the newest proven one (s)', [
        series(METRICS.backupAge),
        series(METRICS.provenAge),
      ]),
      graph('Size (bytes)', [series(METRICS.backupSize), series(METRICS.storage)]),
      graph('Duration of backups, recovery time in drills (s)', [
        series(METRICS.backupDuration),
        series(METRICS.recoveryTime),
      ]),
    ],
    [
      graph('Backups', [series(METRICS.backupSucceeded, 'Sum'), series(METRICS.backupFailed, 'Sum')]),
      graph('Drills', [
        series(METRICS.drillSucceeded, 'Sum'),
        series(METRICS.drillFailed, 'Sum'),
        series(METRICS.consecutiveDrillFailures),
      ]),
      graph(
        'Deviation from usual: size (%)',
        [series(METRICS.sizeDeviation)],
        [series(METRICS.durationDeviation)],
      ),
    ],
  ];
}

function graph(title: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({ title, left, right, width: 8, height: 6 });
}
