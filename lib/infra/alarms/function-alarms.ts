import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { AlarmKind } from '../../contract/alarm-texts.ts';
import type { DeadLetterQueue } from '../functions/dead-letter-queue.ts';
import type { VaultFunction } from '../functions/vault-function.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { PERIOD } from './lifeboat-metric.ts';

/** Fires if a dead-letter queue holds an invocation, and stays red until the queue is emptied. */
export function deadLettersAlarm(
  scope: Construct,
  context: AlarmContext,
  subject: string,
  { queue }: DeadLetterQueue,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'DeadLetters', {
    context,
    kind: 'dead-letters',
    subject,
    facts: { subject },
    metric: queue.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: PERIOD,
    }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // SQS stops reporting on a queue that nobody has used for six hours (Amazon SQS Developer Guide,
    // "CloudWatch metrics"), although the message is still there. Emptying the queue uses it, and SQS reports
    // zero.
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
    // Lambda reports no data if nothing ran.
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** Fires if the sentinel runs but fails. */
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
    // One failure in 288 runs a day wakes nobody (its dead letter sends an e-mail). Two in three runs do.
    evaluationPeriods: 3,
    datapointsToAlarm: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/**
 * A new sentinel runs at once, and Lambda counts it within minutes. If there is no count by then, it has
 * never started.
 */
export const WARM_UP_MINUTES = 30;

/**
 * Fires if the sentinel does not run: it was switched off, deleted, or never started. Lambda publishes no
 * data without invocations, so missing data are what makes this alarm red.
 */
export function sentinelSilentAlarm(
  scope: Construct,
  context: AlarmContext,
  sentinel: VaultFunction,
): LifeboatAlarm {
  return silentAlarm(scope, 'SentinelSilent', {
    context,
    kind: 'sentinel-silent',
    of: sentinel,
    period: PERIOD,
  });
}

/** The keeper runs this often: `rate(12 hours)`. */
const KEEPER_PERIOD = Duration.hours(12);

/**
 * Fires if the keeper does not run. Nothing is lost then, so it wakes nobody. Three periods of twelve hours are well
 * below the seven days over which CloudWatch evaluates (Amazon CloudWatch API Reference, PutMetricAlarm, Period).
 */
export function keeperSilentAlarm(
  scope: Construct,
  context: AlarmContext,
  keeper: VaultFunction,
): LifeboatAlarm {
  return silentAlarm(scope, 'KeeperSilent', {
    context,
    kind: 'keeper-silent',
    of: keeper,
    period: KEEPER_PERIOD,
  });
}

/** Fires if the function that tells people fails, and by a way that does not need it. */
export function notifyErrorsAlarm(
  scope: Construct,
  context: AlarmContext,
  notify: VaultFunction,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'NotifyErrors', {
    context,
    kind: 'notify-errors',
    facts: {},
    metric: notify.function.metricErrors({ statistic: 'Sum', period: PERIOD }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // Lambda dates an error at the start of an invocation, which may take four minutes.
    evaluationPeriods: 2,
    datapointsToAlarm: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

/** Fires if the sweeps, which run every 15 minutes, do not start the function. */
export function notifySilentAlarm(
  scope: Construct,
  context: AlarmContext,
  notify: VaultFunction,
): LifeboatAlarm {
  return silentAlarm(scope, 'NotifySilent', {
    context,
    kind: 'notify-silent',
    of: notify,
    period: Duration.minutes(15),
    warmUpMinutes: 60,
  });
}

/**
 * Fires after three periods without a run. Scheduler starts a function some seconds late, so a run may fall into the
 * next period: one empty period means nothing.
 */
function silentAlarm(
  scope: Construct,
  id: string,
  watch: {
    context: AlarmContext;
    kind: AlarmKind;
    of: VaultFunction;
    period: Duration;
    warmUpMinutes?: number;
  },
): LifeboatAlarm {
  const { context, kind, of, period } = watch;
  return new LifeboatAlarm(scope, id, {
    context,
    kind,
    facts: {},
    metric: of.function.metricInvocations({ statistic: 'Sum', period }),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    treatMissingData: TreatMissingData.BREACHING,
    warmUpMinutes: watch.warmUpMinutes ?? WARM_UP_MINUTES,
  });
}
