import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { METRICS } from '../../engine/metric-names.ts';
import { type AlarmContext, LifeboatAlarm } from './lifeboat-alarm.ts';
import { lifeboatMetric } from './lifeboat-metric.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/**
 * No backup has landed although one was due. The age comes from what the vault holds, counted from the schedule's
 * creation as long as it holds nothing: a new source neither alarms at once nor stays silent for ever. Tells of missing
 * data too, so that the sentinel's own silence is heard.
 */
export function noBackupAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  longestGapMs: number,
): LifeboatAlarm {
  // An hour: the slot may be handed over 15 minutes late, wait 30 more and run for 15.
  const threshold = longestGapMs / 1000 + HOUR_SECONDS;
  return new LifeboatAlarm(scope, 'NoBackup', {
    context,
    kind: 'no-backup-25h',
    subject: source,
    says: `No full backup of ${source} has been sealed for more than ${formatHours(threshold)}, though its schedule runs at least every ${formatHours(longestGapMs / 1000)}. Insufficient data means that the sentinel is silent and nobody is watching.`,
    metric: lifeboatMetric(METRICS.backupAge, { environment: context.environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold,
    evaluationPeriods: 3,
    datapointsToAlarm: 1,
    // Neither good nor bad but a state of its own, with an action: silence is news.
    treatMissingData: TreatMissingData.MISSING,
    tellsWhenOver: true,
    tellsWhenSilent: true,
  });
}

/** The newest proven backup is older than the time between two drills and a day. */
export function unprovenAlarm(
  scope: Construct,
  context: AlarmContext,
  source: string,
  drillIntervalMs: number,
): LifeboatAlarm {
  const threshold = drillIntervalMs / 1000 + DAY_SECONDS;
  return new LifeboatAlarm(scope, 'Unproven', {
    context,
    kind: 'unproven',
    subject: source,
    says: `The newest backup of ${source} that a drill has proven is more than ${formatHours(threshold)} old. Newer ones may or may not restore.`,
    metric: lifeboatMetric(METRICS.provenAge, { environment: context.environment, source }, 'Maximum'),
    comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold,
    evaluationPeriods: 3,
    datapointsToAlarm: 1,
    // A silent sentinel proves nothing: what was red stays red. no-backup-25h tells of the silence.
    treatMissingData: TreatMissingData.IGNORE,
    tellsWhenOver: true,
  });
}

function formatHours(seconds: number): string {
  const hours = seconds / HOUR_SECONDS;
  return `${Number.isInteger(hours) ? hours : hours.toFixed(1)} hours`;
}
