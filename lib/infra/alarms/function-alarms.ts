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
    facts: { function: subject },
    metric: of.deadLetters.queue.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: PERIOD,
    }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // SQS stops reporting on a queue that nobody has touched for six hours (Amazon SQS Developer Guide, "CloudWatch
    // metrics"): the message is still there. Emptying the queue touches it, and zero is reported.
    treatMissingData: TreatMissingData.IGNORE,
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
    facts: { function: subject },
    metric: of.function.metricThrottles({ statistic: 'Sum', period: PERIOD }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // Lambda reports nothing where nothing ran.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** A sentinel that runs and fails. */
export function sentinelErrorsAlarm(
  scope: Construct,
  context: AlarmContext,
  sentinel: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'SentinelErrors', {
    context,
    kind: 'sentinel-errors',
    facts: {},
    metric: sentinel.function.metricErrors({ statistic: 'Sum', period: PERIOD }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // One failure of 288 a day wakes nobody (it is a dead letter, which is told by day); two in three runs do.
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** A new sentinel runs at once and is counted within minutes; what has not by then has never started. */
export const WARM_UP_MINUTES = 30;

/**
 * A sentinel that does not run: switched off, gone, or never started. Lambda counts no invocation where there is none, so
 * missing data are the bad news, and the only ones that this alarm can have.
 */
export function sentinelSilentAlarm(
  scope: Construct,
  context: AlarmContext,
  sentinel: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'SentinelSilent', {
    context,
    kind: 'sentinel-silent',
    facts: {},
    metric: sentinel.function.metricInvocations({ statistic: 'Sum', period: PERIOD }),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    // Scheduler starts it within the minute, now in one period and now in the next: one empty period means nothing.
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    treatMissingData: TreatMissingData.BREACHING,
    warmUpMinutes: WARM_UP_MINUTES,
  });
}
