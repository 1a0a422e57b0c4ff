import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS } from '../../contract/metric-names.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { lifeboatMetric } from './lifeboat-metric.ts';
import { formatHours } from './longest-wait.ts';

/**
 * No backup has landed although one was due. The age comes from what the vault holds, counted from the schedule's
 * creation as long as it holds nothing: a new source neither alarms at once nor stays silent for ever. Tells of missing
 * data too, so that a sentinel that says nothing of this source is heard.
 */
export function noBackupAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  wait: { readonly gapMs: number; readonly longestMs: number },
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'NoBackup', {
    context,
    kind: 'no-backup-25h',
    subject: source,
    facts: { source, threshold: formatHours(wait.longestMs), gap: formatHours(wait.gapMs) },
    metric: lifeboatMetric(METRICS.backupAge, { environment: context.environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: wait.longestMs / 1000,
    evaluationPeriods: 3,
    datapointsToAlarm: 1,
    // Neither good nor bad but a state of its own, with an action: silence is news.
    treatMissingData: TreatMissingData.MISSING,
    tellsWhenSilent: true,
  });
}

/** The newest proven backup is older than a healthy source's can be: longest-wait.ts. */
export function unprovenAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  longestMs: number,
): LifeboatAlarm {
  return new LifeboatAlarm(scope, 'Unproven', {
    context,
    kind: 'unproven',
    subject: source,
    facts: { source, threshold: formatHours(longestMs) },
    metric: lifeboatMetric(METRICS.provenAge, { environment: context.environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: longestMs / 1000,
    evaluationPeriods: 3,
    datapointsToAlarm: 1,
    // A silent sentinel proves nothing: what was red stays red. sentinel-silent tells of the silence.
    treatMissingData: TreatMissingData.IGNORE,
  });
}
