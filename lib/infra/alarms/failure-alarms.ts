import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { AlarmKind } from '../../contract/alarm-texts.ts';
import { METRICS } from '../../contract/metric-names.ts';
import type { VaultFunction } from '../functions/vault-function.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { lifeboatMetric, PERIOD } from './lifeboat-metric.ts';

export function backupFailedAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  backup: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'BackupFailed', failure(context, 'backup-failed', source, backup));
}

export function drillFailedAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  drill: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'DrillFailed', failure(context, 'drill-failed', source, drill));
}

/** Two in a row: it is no accident. */
export function drillFailedTwiceAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'DrillFailedTwice', {
    context,
    kind: 'drill-failed-twice',
    subject: source,
    facts: { source },
    metric: lifeboatMetric(
      METRICS.consecutiveDrillFailures,
      { environment: context.environment, source },
      'Maximum',
    ),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 2,
    // A silent sentinel has not seen a drill succeed.
    treatMissingData: TreatMissingData.IGNORE,
  });
}

/**
 * Lambda counts an error whenever a handler throws and whenever a function dies without a word (AWS Lambda Developer Guide,
 * "Types of metrics for Lambda functions"); ours throw for every failure. So one series tells all, and no expression has to
 * add up series of which one may have no data.
 */
function failure(context: AlarmContext, kind: AlarmKind, source: string, of: VaultFunction) {
  return {
    context,
    kind,
    subject: source,
    facts: { source },
    metric: of.function.metricErrors({ statistic: 'Sum', period: PERIOD }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // Lambda dates an error when the function was invoked and publishes it when it ended (same page): of one that died
    // after 15 minutes, four periods back.
    evaluationPeriods: 4,
    datapointsToAlarm: 1,
    // No run, no failure. That none runs is no-backup-25h's and unproven's to notice.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}
