import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { AlarmKind } from '../../contract/alarm-texts.ts';
import { METRICS, type MetricDefinition, ROOM_WARNING_PERCENT } from '../../contract/metric-names.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { lifeboatMetric } from './lifeboat-metric.ts';

export function sizeDeviationAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  percent: number,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'SizeDeviation', {
    ...moreThan(percent, 'size-deviation', METRICS.sizeDeviation, context, source),
    facts: { source, percent: String(percent) },
  });
}

export function durationDeviationAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  factor: number,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'DurationDeviation', {
    ...moreThan(factor, 'duration-deviation', METRICS.durationDeviation, context, source),
    facts: { source, factor: String(factor) },
  });
}

/** Hosts count what leaves them by 10^9, or do not say: the stricter reading. */
const HOST_GB = 1e9;

/** Warns before the host bills for it, or a free plan stops the application. */
export function egressAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  limitGb: number,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'Egress', {
    ...moreThan(limitGb * HOST_GB, 'egress-high', METRICS.egress, context, source),
    facts: { source, gigabytes: String(limitGb) },
  });
}

/** Watches the recovery time in the proof of the newest proven backup. */
export function recoveryTimeAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  targetMinutes: number,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'RecoveryTime', {
    ...moreThan(targetMinutes * 60, 'recovery-time', METRICS.recoveryTime, context, source),
    facts: { source, minutes: String(targetMinutes) },
  });
}

/** Fires while drills still pass: the database grows, but the /tmp of its drill function does not. */
export function drillRoomAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  temporaryStorageMb: number,
): LifeboatAlarm {
  const threshold = (temporaryStorageMb * 1024 * 1024 * ROOM_WARNING_PERCENT) / 100;
  return new LifeboatAlarm(scope, 'DrillRoom', {
    ...moreThan(threshold, 'drill-room', METRICS.drillDisk, context, source),
    facts: { source, percent: String(ROOM_WARNING_PERCENT), room: String(temporaryStorageMb) },
  });
}

function moreThan(
  threshold: number,
  kind: AlarmKind,
  metric: MetricDefinition,
  context: AlarmContext,
  source: string,
) {
  return {
    context,
    kind,
    subject: source,
    metric: lifeboatMetric(metric, { environment: context.environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold,
    // If the sentinel is silent, or has too few backups to compare, the alarm keeps its state.
    treatMissingData: TreatMissingData.IGNORE,
  };
}
