import { Aws, NestedStack, type Stack } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  type IAlarm,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { dashboardName } from '../../contract/stack-names.ts';
import type { LifeboatAlarm } from '../alarms/lifeboat-alarm.ts';
import { PERIOD } from '../alarms/lifeboat-metric.ts';
import type { Keeper } from '../keeper.ts';
import type { ProtectedSource } from '../protected-source.ts';
import type { Scrub } from '../scrub/scrub.ts';
import type { Sentinel } from '../sentinel.ts';
import { AlarmsWidget } from './alarms-widget.ts';
import { changesRow } from './changes-row.ts';
import { graph } from './graph.ts';
import { healthRows } from './health-rows.ts';
import { LateWidget } from './late-widget.ts';
import { safetyRow } from './safety-row.ts';

/** What a {@link Dashboard} is made from. */
export interface DashboardProps {
  readonly environment: string;
  /** Read when the app is synthesized: sources may be added until then. */
  readonly sources: readonly ProtectedSource[];
  readonly sentinel: Sentinel;
  readonly keeper: Keeper;
  /** @default - there are no scrubs */
  readonly scrub?: Scrub;
  /** Alarms on the whole vault that are not the sentinel's. */
  readonly others: LifeboatAlarm[];
}

/**
 * One page that shows the alarms that page, then for each source whether it is safe, then the alarms, trends and
 * health of each source, then whether the sentinel is alive. Each source has its own alarm widget, because a widget holds 100 alarms at most (Amazon
 * CloudWatch API Reference, "Dashboard body structure", alarm status widget), and fifteen sources have twice
 * as many. It is a nested stack, because the page of fifteen sources is a third of the template that CloudFormation takes.
 */
export class Dashboard extends NestedStack {
  readonly dashboard: CloudWatchDashboard;

  constructor(scope: Construct, id: string, props: DashboardProps) {
    const { environment } = props;
    super(scope, id, { description: `Lifeboat: the dashboard (${environment})` });
    this.dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: dashboardName(environment, Aws.REGION),
      // Events that happen once a day need more than the default three hours to be seen.
      start: '-P14D',
      widgets: [[new LateWidget(() => rowsOf(this, props))]],
    });
  }
}

function rowsOf(
  stack: Stack,
  { environment, sources, sentinel, keeper, scrub, others }: DashboardProps,
): IWidget[][] {
  const watcher = sentinel.function.function;
  const pageNow = [sentinel.pageNow, ...sources.map(({ sourceAlarms }) => sourceAlarms.pageNow)];
  const alarms = [...pageNow, ...sentinel.alarms, ...keeper.alarms, ...(scrub?.endAlarms ?? []), ...others];
  return [
    ...alarmRow(stack, `Lifeboat ${environment}`, alarms),
    ...sources.map(safetyRow),
    ...sources.flatMap((source) => sourceRows(stack, source, scrub)),
    [
      graph('Sentinel: runs and errors', [
        watcher.metricInvocations({ statistic: 'Sum', period: PERIOD }),
        watcher.metricErrors({ statistic: 'Sum', period: PERIOD }),
      ]),
    ],
  ];
}

/** A widget without an alarm would show nothing, and CloudWatch refuses it. */
function alarmRow(
  stack: Stack,
  title: string,
  alarms: ReadonlyArray<{ readonly alarm: IAlarm } | undefined>,
): IWidget[][] {
  const there = alarms.flatMap((one) => (one ? [one.alarm] : []));
  return there.length > 0 ? [[new AlarmsWidget({ stack, title, alarms: there })]] : [];
}

function sourceRows(stack: Stack, source: ProtectedSource, scrub: Scrub | undefined): IWidget[][] {
  return [
    [new TextWidget({ markdown: `## ${source.name}`, width: 24, height: 1 })],
    ...alarmRow(stack, source.name, [
      ...source.sourceAlarms.all,
      source.egressAlarm,
      ...(source.health?.alarms ?? []),
      ...(source.pointInTime?.alarms ?? []),
      ...(scrub?.alarmsOf(source.name) ?? []),
    ]),
    [
      graph('Age of the newest backup, and of the newest proven one (s)', [
        source.metricBackupAge(),
        source.metricProvenAge(),
      ]),
      graph('Size, and the disk that a drill needs (bytes)', [
        source.metricBackupSize(),
        source.metricStorage(),
        source.metricDrillDisk(),
      ]),
      graph('Duration of backups, recovery time in drills (s)', [
        source.metricBackupDuration(),
        source.metricRecoveryTime(),
      ]),
      graph('Leaves the host in a month (bytes)', [source.metricEgress()]),
    ],
    [
      graph('Backups', [source.metricBackupsSucceeded(), source.metricBackupsFailed()]),
      graph('Drills', [
        source.metricDrillsSucceeded(),
        source.metricDrillsFailed(),
        source.metricConsecutiveDrillFailures(),
      ]),
      graph(
        'Deviation from usual: size (%)',
        [source.metricSizeDeviation()],
        [source.metricDurationDeviation()],
      ),
    ],
    ...(scrub
      ? [
          [
            graph(
              'Scrubs: age of the last one (s), damaged backups',
              [source.metricScrubAge()],
              [source.metricDamagedBackups()],
            ),
          ],
        ]
      : []),
    ...(source.pointInTime ? [changesRow(source.series)] : []),
    ...(source.health ? healthRows(source.series) : []),
  ];
}
