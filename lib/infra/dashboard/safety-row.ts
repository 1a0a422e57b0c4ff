import { GaugeWidget, type IMetric, type IWidget, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { CAPTURE_METRICS } from '../../contract/capture-metrics.ts';
import { lifeboatMetric } from '../alarms/lifeboat-metric.ts';
import type { ProtectedSource } from '../protected-source.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const MINUTE_SECONDS = 60;
const [RED, GREEN] = ['#d13212', '#1d8102'];

/**
 * "Am I safe?": how old the recovery point of captured changes, the newest backup and the newest proven one are, when a drill passed last, and how long a
 * restore takes, each against the limit at which an alarm fires.
 */
export function safetyRow(source: ProtectedSource): IWidget[] {
  const { name, limits } = source;
  const { backupSeconds, proofSeconds, recoverySeconds } = limits;
  const minutes = { seconds: MINUTE_SECONDS, word: 'minutes' };
  const hours = { seconds: HOUR_SECONDS, word: 'hours' };
  const days = { seconds: DAY_SECONDS, word: 'days' };
  return [
    ...(source.pointInTime
      ? [
          gauge(
            `${name}: recovery point`,
            lifeboatMetric(CAPTURE_METRICS.recoveryPointAge, source.series, 'Maximum'),
            minutes,
            source.pointInTime.limitSeconds,
          ),
        ]
      : []),
    gauge(`${name}: newest backup`, source.metricBackupAge(), hours, backupSeconds),
    ...(proofSeconds === undefined
      ? []
      : [
          gauge(`${name}: newest proven backup`, source.metricProvenAge(), days, proofSeconds),
          gauge(`${name}: last drill that passed`, source.metricDrillAge(), days, proofSeconds),
          gauge(`${name}: recovery time`, source.metricRecoveryTime(), minutes, recoverySeconds),
        ]),
  ];
}

/** A gauge of the newest value, green up to the limit and red beyond it. */
function gauge(
  title: string,
  metric: IMetric,
  unit: { readonly seconds: number; readonly word: string },
  limitSeconds: number,
): GaugeWidget {
  const limit = Math.round((100 * limitSeconds) / unit.seconds) / 100;
  return new GaugeWidget({
    title: `${title} (${unit.word}, limit ${limit})`,
    metrics: [
      new MathExpression({
        expression: `seconds / ${unit.seconds}`,
        usingMetrics: { seconds: metric },
        label: unit.word,
      }),
    ],
    annotations: [
      { value: 0, color: GREEN, label: 'fine' },
      { value: limit, color: RED, label: 'limit' },
    ],
    leftYAxis: { min: 0, max: limit * 1.25 },
    width: 6,
    height: 5,
  });
}
