import { Aws } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS, type MetricDefinition } from '../contract/metric-names.ts';
import type { LifeboatAlarm } from './alarms/lifeboat-alarm.ts';
import { lifeboatMetric, PERIOD } from './alarms/lifeboat-metric.ts';
import type { PageNow } from './alarms/page-now.ts';
import type { Keeper } from './keeper.ts';
import type { ProtectedSource } from './protected-source.ts';
import type { Sentinel } from './sentinel.ts';

/** What a {@link Dashboard} is made from. */
export interface DashboardProps {
  readonly environment: string;
  readonly pageNow: PageNow[];
  readonly sources: ProtectedSource[];
  readonly sentinel: Sentinel;
  readonly keeper: Keeper;
  /** Alarms on the whole vault that are not the sentinel's. */
  readonly others: LifeboatAlarm[];
}

/**
 * One page that shows the alarms that page, then the alarms and graphs of each source, then whether the
 * sentinel is alive. Each source has its own alarm widget, because a widget holds 100 alarms at most (Amazon
 * CloudWatch API Reference, "Dashboard body structure", alarm status widget), and fifteen sources have twice
 * as many.
 */
export class Dashboard extends Construct {
  readonly dashboard: CloudWatchDashboard;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { environment, pageNow, sources, sentinel, keeper, others } = props;
    const watcher = sentinel.function.function;
    this.dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      // Dashboards of all regions share their names (Amazon CloudWatch API Reference, PutDashboard).
      dashboardName: `lifeboat-${environment}-${Aws.REGION}`,
      // Events that happen once a day need more than the default three hours to be seen.
      start: '-P14D',
      widgets: [
        [
          new AlarmStatusWidget({
            title: `Lifeboat ${environment}`,
            alarms: [...pageNow, ...sentinel.alarms, ...keeper.alarms, ...others].map(({ alarm }) => alarm),
            width: 24,
          }),
        ],
        ...sources.flatMap((source) => sourceRows(environment, source)),
        [
          graph('Sentinel: runs and errors', [
            watcher.metricInvocations({ statistic: 'Sum', period: PERIOD }),
            watcher.metricErrors({ statistic: 'Sum', period: PERIOD }),
          ]),
        ],
      ],
    });
  }
}

function sourceRows(environment: string, { name: source, alarms }: ProtectedSource): IWidget[][] {
  const series = (definition: MetricDefinition, statistic = 'Maximum') =>
    lifeboatMetric(definition, { environment, source }, statistic);
  return [
    [new TextWidget({ markdown: `## ${source}`, width: 24, height: 1 })],
    [new AlarmStatusWidget({ title: source, alarms: alarms.all.map(({ alarm }) => alarm), width: 24 })],
    [
      graph('Age of the newest backup, and of the newest proven one (s)', [
        series(METRICS.backupAge),
        series(METRICS.provenAge),
      ]),
      graph('Size, and the disk that a drill needs (bytes)', [
        series(METRICS.backupSize),
        series(METRICS.storage),
        series(METRICS.drillDisk),
      ]),
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
