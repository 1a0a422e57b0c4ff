import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { VaultFunction } from '../functions/vault-function.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { PERIOD } from './lifeboat-metric.ts';

/** Something is in the function's dead-letter queue: not handed over, or failed. Red until somebody has emptied it. */
export function deadLettersAlarm(
  scope: Construct,
  context: AlarmContext,
  subject: string,
  of: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'DeadLetters', {
    context,
    kind: 'dead-letters',
    subject,
    says: `An invocation of ${subject} could not be handed over, or failed: it lies in the dead-letter queue, with the reason.`,
    metric: of.deadLetters.queue.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: PERIOD,
    }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // SQS stops reporting on a queue that nobody has touched for six hours (Amazon SQS Developer Guide, "CloudWatch
    // metrics"): the message is still there. Emptying the queue touches it, and zero is reported.
    treatMissingData: TreatMissingData.IGNORE,
    tellsWhenOver: true,
  });
}

export function throttledAlarm(
  scope: Construct,
  context: AlarmContext,
  subject: string,
  of: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'Throttled', {
    context,
    kind: 'throttled',
    subject,
    says: `Lambda throttled ${subject}: the account's concurrency is used up. It starts late or, after waiting too long, not at all.`,
    metric: of.function.metricThrottles({ statistic: 'Sum', period: PERIOD }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // Lambda reports nothing where nothing ran.
    treatMissingData: TreatMissingData.NOT_BREACHING,
    tellsWhenOver: false,
  });
}

/** A sentinel that fails, above all one that never succeeded: then no-backup-25h has had no data to miss. */
export function sentinelErrorsAlarm(
  scope: Construct,
  context: AlarmContext,
  sentinel: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'SentinelErrors', {
    context,
    kind: 'sentinel-errors',
    says: 'The sentinel failed twice within 15 minutes. While it fails nobody watches the age of backups.',
    metric: sentinel.function.metricErrors({ statistic: 'Sum', period: PERIOD }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // One failure of 288 a day wakes nobody (it is a dead letter, which is told by day); two in three runs do.
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
    tellsWhenOver: true,
  });
}
