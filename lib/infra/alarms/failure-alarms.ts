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

export function exportFailedAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  exporting: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'ExportFailed', failure(context, 'export-failed', source, exporting));
}

/** Fires after two failed drills in a row: that is no accident. */
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
    // A silent sentinel has not seen a drill succeed, so the alarm keeps its state.
    treatMissingData: TreatMissingData.IGNORE,
  });
}

/**
 * Lambda counts an error when a handler throws and when a function dies (AWS Lambda Developer Guide, "Types
 * of metrics for Lambda functions"), and our handlers throw for every failure. So one series covers all
 * failures, and no expression has to add series that may have no data.
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
    // Lambda dates an error at the invocation and publishes it when the function ends (same page). The error
    // of a function that died after 15 minutes is four periods old.
    evaluationPeriods: 4,
    datapointsToAlarm: 1,
    // Without a run there is no failure. no-backup-25h and unproven notice if nothing runs.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}
