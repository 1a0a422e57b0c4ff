import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRICS } from '../../contract/metric-names.ts';
import { SCRUB_TIME_SECONDS } from '../scrub/scrub-definition.ts';
import { olderThan } from './age-alarms.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { lifeboatMetric, PERIOD } from './lifeboat-metric.ts';
import { formatHours } from './longest-wait.ts';

/** Scheduler may take a day to start a scrub (its `handoverTime`), and a scrub as long as its state machine lets it. */
export const SCRUB_MARGIN_MS = 24 * 3_600_000 + SCRUB_TIME_SECONDS * 1000;

/** Fires if a scrub found damage, and stays red until the next one finds none. */
export function scrubDamagedAlarm(scope: Construct, context: AlarmContext, source: string): LifeboatAlarm {
  return new LifeboatAlarm(new Construct(scope, `Damaged-${source}`), 'Damaged', {
    context,
    kind: 'scrub-damaged',
    subject: source,
    facts: { source },
    metric: lifeboatMetric(METRICS.damagedBackups, { environment: context.environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    // A scrub publishes once a month. In between nothing has become better.
    treatMissingData: TreatMissingData.IGNORE,
  });
}

/** Fires if no scrub of the whole vault has ended although one was due. */
export function scrubOverdueAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  gapMs: number,
): LifeboatAlarm {
  const longestMs = gapMs + SCRUB_MARGIN_MS;
  return new LifeboatAlarm(new Construct(scope, `Overdue-${source}`), 'Overdue', {
    context,
    kind: 'scrub-overdue',
    facts: { source, threshold: formatHours(longestMs), gap: formatHours(gapMs) },
    ...olderThan(longestMs, METRICS.scrubAge, context, source),
    // sentinel-silent reports the silence.
    treatMissingData: TreatMissingData.IGNORE,
  });
}

/**
 * How an execution can end badly, each with a metric of its own (AWS Step Functions Developer Guide, "Monitoring Step
 * Functions metrics"). An execution that fails has told why; one that timed out or was stopped had no last state, so
 * without these alarms only `scrub-overdue` would tell of it, a month later.
 */
const BAD_ENDS = [
  { id: 'Failed', kind: 'scrub-failed', metricName: 'ExecutionsFailed' },
  { id: 'TimedOut', kind: 'scrub-timed-out', metricName: 'ExecutionsTimedOut' },
  { id: 'Stopped', kind: 'scrub-stopped', metricName: 'ExecutionsAborted' },
] as const;

/** Fires if an execution failed (also if something could not be read), timed out, or was stopped: an alarm for each. */
export function scrubEndAlarms(
  scope: Construct,
  context: AlarmContext,
  stateMachineArn: string,
): LifeboatAlarm[] {
  const facts = { environment: context.environment, limit: formatHours(SCRUB_TIME_SECONDS * 1000) };
  return BAD_ENDS.map(
    ({ id, kind, metricName }) =>
      new LifeboatAlarm(scope, id, {
        ...{ context, kind, facts },
        metric: new Metric({
          namespace: 'AWS/States',
          metricName,
          dimensionsMap: { StateMachineArn: stateMachineArn },
          statistic: 'Sum',
          period: PERIOD,
        }),
        comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
  );
}
