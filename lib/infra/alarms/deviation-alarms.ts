import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS } from '../../engine/metric-names.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { lifeboatMetric } from './lifeboat-metric.ts';

/** With a sentinel that is silent, or has too few backups to compare, nothing is known: the alarm stays as it is. */
const treatMissingData = TreatMissingData.IGNORE;

export function sizeDeviationAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  percent: number,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'SizeDeviation', {
    context,
    kind: 'size-deviation',
    subject: source,
    says: `The newest backup of ${source} is more than ${percent} % larger or smaller than the median of the seven before it in its class. Smaller may mean that data are gone from the source.`,
    metric: lifeboatMetric(METRICS.sizeDeviation, { environment: context.environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: percent,
    treatMissingData,
    tellsWhenOver: true,
  });
}

export function durationDeviationAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  factor: number,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'DurationDeviation', {
    context,
    kind: 'duration-deviation',
    subject: source,
    says: `The newest backup of ${source} took more than ${factor} times the median of the seven before it in its class. A backup function is stopped after 15 minutes.`,
    metric: lifeboatMetric(
      METRICS.durationDeviation,
      { environment: context.environment, source },
      'Maximum',
    ),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: factor,
    treatMissingData,
    tellsWhenOver: true,
  });
}

/** Published once per drill, so it stays as it is until the next drill. */
export function recoveryTimeAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  targetMinutes: number,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'RecoveryTime', {
    context,
    kind: 'recovery-time',
    subject: source,
    says: `The last drill of ${source} took longer to restore than the target of ${targetMinutes} minutes.`,
    metric: lifeboatMetric(METRICS.recoveryTime, { environment: context.environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: targetMinutes * 60,
    treatMissingData,
    tellsWhenOver: true,
  });
}
