import { ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS, type MetricDefinition } from '../../engine/metric-names.ts';
import type { VaultFunction } from '../functions/vault-function.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { lifeboatMetric, PERIOD } from './lifeboat-metric.ts';

export function backupFailedAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  backup: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'BackupFailed', {
    ...failure(context, source, METRICS.backupFailed, backup),
    context,
    kind: 'backup-failed',
    subject: source,
    says: `A backup of ${source} failed, or its function died (time, memory). The backups before it are untouched.`,
  });
}

export function drillFailedAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  drill: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'DrillFailed', {
    ...failure(context, source, METRICS.drillFailed, drill),
    context,
    kind: 'drill-failed',
    subject: source,
    says: `A restore drill of ${source} failed, or its function died (time, memory, /tmp). The backup may not restore.`,
  });
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
    says: `CRITICAL: two restore drills of ${source} in a row failed. Take it that its backups cannot be restored until one is proven.`,
    metric: lifeboatMetric(
      METRICS.consecutiveDrillFailures,
      { environment: context.environment, source },
      'Maximum',
    ),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 2,
    // A silent sentinel has not seen a drill succeed.
    treatMissingData: TreatMissingData.IGNORE,
    tellsWhenOver: true,
  });
}

/**
 * The function said that it failed, or died before it could. Lambda counts an error in both cases when the handler throws;
 * the sum holds even if it does not, and for a run elsewhere that publishes to the same series.
 */
function failure(context: AlarmContext, source: string, said: MetricDefinition, of: VaultFunction) {
  return {
    metric: new MathExpression({
      expression: 'FILL(said, 0) + FILL(died, 0)',
      usingMetrics: {
        said: lifeboatMetric(said, { environment: context.environment, source }, 'Sum'),
        died: of.function.metricErrors({ statistic: 'Sum', period: PERIOD }),
      },
      label: `${said.name} or died`,
      period: PERIOD,
    }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // Lambda dates an error when the function was invoked and publishes it when it ended (AWS Lambda Developer Guide,
    // "Types of metrics for Lambda functions"): of one that died after 15 minutes, four periods back.
    evaluationPeriods: 4,
    datapointsToAlarm: 1,
    // No run, no failure. That none runs is no-backup-25h's and unproven's to notice.
    treatMissingData: TreatMissingData.NOT_BREACHING,
    tellsWhenOver: false,
  };
}
